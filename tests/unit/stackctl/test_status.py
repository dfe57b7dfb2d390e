"""What `stackctl status` says below its tables: what is being done to the stack, or is to be done."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stackctl import lock
from stackctl.commands.status import _say_next


@pytest.mark.parametrize(
    ("state", "said"),
    [("running", ""), ("degraded", "What is wrong: stackctl doctor\n"), ("stopped", "Start it: stackctl up\n")],
)
def test_what_is_to_be_done(tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, said: str) -> None:
    stack: Any = SimpleNamespace(folder=tmp_path)
    _say_next(stack, state)
    assert capsys.readouterr().err == said
    with lock.held(tmp_path, "stackctl up"):
        _say_next(stack, state)
    assert capsys.readouterr().err.startswith("`stackctl up` of ")

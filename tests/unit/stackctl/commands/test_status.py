"""What `stackctl status` prints below its tables: the command that is running, or what to do next."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stackctl.checkout import lock
from stackctl.commands.status import _say_next


@pytest.mark.parametrize(
    ("state", "printed"),
    [("running", ""), ("degraded", "To see what is wrong: stackctl doctor\n"), ("stopped", "Start it: stackctl up\n")],
)
def test_status_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str, printed: str) -> None:
    stack: Any = SimpleNamespace(folder=tmp_path)
    _say_next(stack, state)
    assert capsys.readouterr().err == printed
    with lock.held(tmp_path, "stackctl up"):
        _say_next(stack, state)
    assert capsys.readouterr().err.startswith("Another command is running: `stackctl up` (")

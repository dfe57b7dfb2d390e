"""A hub that does not come up: what is said of it, and how it is started again."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import MagicMock

import pytest

from stackctl import settings
from stackctl.engine import Container
from stackctl.errors import StackError
from stackctl.stack import Stack


def test_a_hub_that_keeps_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Container("1", "team-hub-1", "hub", "restarting", "", "team-hub", "sha256:1", "", 2, {}, {})
    engine = MagicMock(**{"services.return_value": [hub], "log.return_value": "NameError: name 'x' is not defined"})
    monkeypatch.setattr(Stack, "engine", engine)
    monkeypatch.setattr(Stack, "trouble", lambda _: "nobody answers")
    with pytest.raises(StackError, match="The hub ends as soon as it starts") as caught:
        Stack(tmp_path, settings.load(tmp_path, {})).wait_until_ready()
    assert caught.value.hint == "Most often it is a file in hub/conf.d. See: stackctl logs hub"
    assert caught.value.detail == "hub: restarting\nNameError: name 'x' is not defined"


def test_one_that_docker_keeps_restarting_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker waits longer each time, so that what ended it may be mended, and it is still not there."""
    names = {"hub": "restarting", "proxy": "running"}
    found = [Container(name, f"team-{name}-1", name, state, "", "", "", "", 5, {}, {}) for name, state in names.items()]
    engine = MagicMock(**{"services.return_value": found, "half_made.return_value": [], "bridge_of.return_value": ""})
    monkeypatch.setattr(Stack, "engine", engine)
    monkeypatch.setattr(Stack, "compose", MagicMock())
    Stack(tmp_path, settings.load(tmp_path, {})).start()
    assert engine.remove_containers.call_args_list[-1].args == (["hub"],)

"""A hub that does not come up: the error, and how it is started again."""

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
    monkeypatch.setattr("stackctl.stack.login_page.problem", lambda _: "no answer")
    monkeypatch.setattr(Stack, "compose", MagicMock())
    with pytest.raises(StackError, match="The hub ends as soon as it starts") as caught:
        Stack(tmp_path, settings.load(tmp_path, {})).readiness.wait()
    assert caught.value.hint == "Usually the cause is a file in hub/conf.d. See: stackctl logs hub"
    assert caught.value.detail == "hub: restarting\nNameError: name 'x' is not defined"


def test_a_hub_that_docker_keeps_restarting_is_created_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Docker waits longer before each restart: the hub would stay away after its fault is gone."""
    names = {"hub": "restarting", "proxy": "running"}
    found = [Container(name, f"team-{name}-1", name, state, "", "", "", "", 5, {}, {}) for name, state in names.items()]
    engine = MagicMock(**{"services.return_value": found, "unfinished_services.return_value": []})
    monkeypatch.setattr(Stack, "engine", engine)
    monkeypatch.setattr(Stack, "compose", MagicMock())
    Stack(tmp_path, settings.load(tmp_path, {})).services.start()
    assert engine.remove_containers.call_args_list[-1].args == (["hub"],)

"""The page where people choose an environment and a size, when the choice is refused."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.handlers.pages import SpawnHandler

from stackhub.pages import start
from stackhub.pages.start import ChoicePage
from stackhub.spawn import disk
from stackhub.spawn.catalogue import RefusedError
from stackhub.spawn.errors import ChoiceError


def test_a_refused_choice_stays_selected_and_never_reaches_jupyterhub(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy server JupyterHub would go to the waiting page, which has nothing to choose from."""
    refusal = ChoiceError(RefusedError("size-full", count=1))
    started: list[Any] = []

    def refuse(*_: Any) -> None:
        raise refusal

    async def spawn(*arguments: Any) -> None:
        started.append(arguments)

    monkeypatch.setattr(disk, "check", lambda: None)
    monkeypatch.setattr(start, "check", refuse)
    monkeypatch.setattr(SpawnHandler, "_wrap_spawn_single_user", spawn)
    page = ChoicePage.__new__(ChoicePage)
    spawner = SimpleNamespace(orm_spawner=SimpleNamespace(user_options=None))
    with pytest.raises(ChoiceError):
        asyncio.run(page._wrap_spawn_single_user(None, "", "", spawner, "", {"size": "single"}))
    assert started == []
    assert page.error is refusal
    assert spawner.orm_spawner.user_options == {"size": "single"}

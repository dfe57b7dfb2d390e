"""What the hub leaves alone while there is no space for its database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.handlers import BaseHandler

from stackhub import disk
from stackhub.container import ContainerSpawner
from stackhub.start_errors import StartFailedError


def test_a_disk_is_full_when_a_change_finds_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not disk.is_full(tmp_path)
    for blocks, full in ((255, True), (256, False)):
        monkeypatch.setattr("os.statvfs", lambda _, free=blocks: SimpleNamespace(f_bavail=free, f_frsize=4096))
        assert disk.is_full(tmp_path) == full


@pytest.mark.parametrize("full", [True, False])
def test_nothing_is_written_down_on_a_full_disk(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    monkeypatch.setattr(disk, "is_full", lambda: full)
    monkeypatch.setattr(BaseHandler, "_record_activity", lambda *_: True)
    disk.keep_people_signed_in()
    handler: Any = SimpleNamespace()
    assert BaseHandler._record_activity(handler, SimpleNamespace()) is not full


def test_nothing_is_begun_on_a_full_disk_and_no_end_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "is_full", lambda: True)
    with pytest.raises(StartFailedError, match="The disk of this server is full"):
        disk.check()
    server: Any = SimpleNamespace()
    assert asyncio.run(ContainerSpawner.poll_and_notify(server)) is None

"""What the hub does not do while the disk under its database is full."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.handlers import BaseHandler

from stackhub.spawn import disk
from stackhub.spawn.container import ContainerSpawner
from stackhub.spawn.errors import StartFailedError


def test_a_disk_is_full_when_a_change_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not disk.is_full(tmp_path)
    for blocks, full in ((255, True), (256, False)):
        monkeypatch.setattr("os.statvfs", lambda _, free=blocks: SimpleNamespace(f_bavail=free, f_frsize=4096))
        assert disk.is_full(tmp_path) == full


@pytest.mark.parametrize("full", [True, False])
def test_no_activity_is_recorded_on_a_full_disk(monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    monkeypatch.setattr(disk, "is_full", lambda: full)
    monkeypatch.setattr(BaseHandler, "_record_activity", lambda *_: True)
    disk.keep_people_signed_in()
    handler: Any = SimpleNamespace()
    assert BaseHandler._record_activity(handler, SimpleNamespace()) is not full


def test_on_a_full_disk_nothing_starts_and_no_server_is_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "is_full", lambda: True)
    with pytest.raises(StartFailedError, match="The disk of this server is full"):
        disk.check()
    server: Any = SimpleNamespace()
    assert asyncio.run(ContainerSpawner.poll_and_notify(server)) is None

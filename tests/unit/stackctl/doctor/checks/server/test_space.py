"""How much room is too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.doctor.checks.server.space import GB, disk, memory
from stackctl.host import machine
from stackctl.host.machine import Disk


@pytest.mark.parametrize(
    ("free", "levels"),
    [(100 * GB, ["ok"]), (5 * GB, ["ok"]), (5 * GB - 1, ["warn"]), (GB // 2 - 1, ["fail"]), (0, ["fail"])],
)
def test_the_disk(free: int, levels: list[str]) -> None:
    found = list(disk(Disk(Path("/var/lib/docker"), 200 * GB, free, 1000, 900)))
    assert [item.level for item in found] == levels
    assert f"{free / GB:.1f} GB of 200 GB are free where Docker keeps its data (/var/lib/docker)." in found[0].message


@pytest.mark.parametrize(
    ("inodes", "free", "levels"),
    [(1000, 100, ["ok"]), (1000, 99, ["ok", "warn"]), (1000, 9, ["ok", "fail"]), (0, 0, ["ok"])],
)
def test_room_for_more_files(inodes: int, free: int, levels: list[str]) -> None:
    assert [item.level for item in disk(Disk(Path("/"), 200 * GB, 100 * GB, inodes, free))] == levels


def test_memory() -> None:
    assert (memory(8 * GB, GB).level, memory(8 * GB, GB // 4).level) == ("ok", "warn")
    assert memory(8 * GB, GB // 4).message == "0.2 GB of 8.0 GB of memory are free."


def test_this_machine() -> None:
    seen = machine.disk(Path("/"))
    assert 0 < seen.free < seen.total
    assert 0 < machine.free_memory() < machine.memory()

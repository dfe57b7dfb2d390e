"""Is there room: on the disk where Docker keeps its data, in its table of files, in memory?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackctl.checks import Check

GB = 2**30
DISK_FAIL, DISK_WARN = GB // 2, 5 * GB
MEMORY_WARN = GB // 2
FREE = "Free some: stackctl images prune; docker system df shows what Docker holds."


@dataclass(frozen=True)
class Disk:
    """A file system. Bytes, and inodes: how many files it can hold; 0 of 0 where there is no such limit (Btrfs)."""

    folder: Path
    total: int
    free: int
    inodes: int
    inodes_free: int


def disk(seen: Disk) -> Iterator[Check]:
    """A failure when nothing can be saved any more, a warning when a build or a day's work may not fit."""
    left = f"{seen.free / GB:.1f} GB of {seen.total / GB:.0f} GB are free where Docker keeps its data ({seen.folder})."
    if seen.free < DISK_FAIL:
        yield Check("fail", f"The disk is full: {left}", FREE)
    elif seen.free < DISK_WARN:
        yield Check("warn", f"The disk is nearly full: {left}", FREE)
    else:
        yield Check("ok", left)
    if seen.inodes and seen.inodes_free < seen.inodes // 100:
        what = f"No more files fit on the disk: {seen.inodes_free} inodes of {seen.inodes} are free ({seen.folder})."
        yield Check("fail", what, f"{FREE} Who has many small files: du --inodes -d 2")
    elif seen.inodes and seen.inodes_free < seen.inodes // 10:
        yield Check("warn", f"{seen.inodes_free} inodes of {seen.inodes} are free ({seen.folder}).", FREE)


def memory(total: int, available: int) -> Check:
    """A warning when the next notebook server may push something else out of memory. Bytes."""
    left = f"{available / GB:.1f} GB of {total / GB:.1f} GB of memory are free."
    if available >= MEMORY_WARN:
        return Check("ok", left)
    return Check("warn", left, "See who has it: stackctl status; and what else runs on this server: top")

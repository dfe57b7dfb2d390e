"""Is there enough free disk space, inodes and memory?"""

from __future__ import annotations

from collections.abc import Iterator

from stackctl.host.machine import Disk
from stackctl.ui.check import Check

GB = 2**30
DISK_FAIL, DISK_WARN = GB // 2, 5 * GB
MEMORY_WARN = GB // 2
FREE = "Free some: stackctl images prune; docker system df shows what Docker uses."


def disk(disk: Disk) -> Iterator[Check]:
    """A failure if nothing can be saved any more, a warning if a build or a day's work may not fit."""
    summary = f"{disk.free / GB:.1f} GB of {disk.total / GB:.0f} GB are free where Docker keeps its data ({disk.folder})."
    if disk.free < DISK_FAIL:
        yield Check("fail", f"The disk is full: {summary}", FREE)
    elif disk.free < DISK_WARN:
        yield Check("warn", f"The disk is nearly full: {summary}", FREE)
    else:
        yield Check("ok", summary)
    if disk.inodes and disk.inodes_free < disk.inodes // 100:
        message = f"No more files fit on the disk: {disk.inodes_free} of {disk.inodes} inodes are free ({disk.folder})."
        yield Check("fail", message, f"{FREE} To find many small files: du --inodes -d 2")
    elif disk.inodes and disk.inodes_free < disk.inodes // 10:
        yield Check("warn", f"{disk.inodes_free} of {disk.inodes} inodes are free ({disk.folder}).", FREE)


def memory(total: int, available: int) -> Check:
    """A warning if the next notebook server may use up the memory. Bytes."""
    summary = f"{available / GB:.1f} GB of {total / GB:.1f} GB of memory are free."
    if available >= MEMORY_WARN:
        return Check("ok", summary)
    return Check("warn", summary, "See what uses it: stackctl status; and what else runs on this server: top")

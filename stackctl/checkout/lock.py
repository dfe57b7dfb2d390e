"""One command at a time changes a stack: a lock that says who holds it, since when, and for which command.

It is a kernel lock (flock(2)), which ends with the process that holds it, so no stale lock is ever left. The file's content
is for people, and remains if the process was killed or the server went down.
"""

from __future__ import annotations

import calendar
import contextlib
import errno
import fcntl
import json
import os
import pwd
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from stackctl.checkout import files
from stackctl.errors import CheckFailedError, LockedError
from stackctl.ui import console, times

NAME = "lock"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
CLOCK_SECONDS = 60
"""Tolerance for a clock that was set since a command began."""


@dataclass(frozen=True)
class Holder:
    """The command that holds the lock. `since`: in UTC, 2026-01-31T09:00:00Z."""

    user: str
    pid: int
    command: str
    since: str

    @classmethod
    def here(cls, command: str) -> Holder:
        """This process; with sudo, of the user who called it."""
        now = time.strftime(STAMP, time.gmtime())
        return cls(os.environ.get("SUDO_USER") or _user(), os.getpid(), command, now)

    def __str__(self) -> str:
        """The command for a person: `stackctl up` (alice, since 2026-01-31 10:00 CET)."""
        return f"`{self.command}` ({self.user}, since {times.local(self.since)})"

    def runs(self) -> bool:
        """Whether the command still runs. After a reboot, a different process may have its id."""
        try:
            began = calendar.timegm(time.strptime(self.since, STAMP))
            return bool(psutil.Process(self.pid).create_time() <= began + CLOCK_SECONDS)
        except (psutil.Error, ValueError):
            return False


@contextlib.contextmanager
def held(folder: Path, command: str) -> Iterator[None]:
    """Hold the lock of the stack whose state is in `folder`, for `command`.

    Raises LockedError when another command holds it, CheckFailedError when this user cannot write to the folder.
    """
    descriptor = _open(folder)
    try:
        _acquire(descriptor)
        if interrupted := _read(descriptor):
            console.warn(f"{interrupted} was interrupted. Run it again to finish it.")
        _write(descriptor, json.dumps(asdict(Holder.here(command))))
        try:
            yield
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def last(folder: Path) -> tuple[Holder, bool] | None:
    """The command that holds the lock, or was interrupted while it did, and whether it still runs; None if there is none.

    This does not acquire the lock. None also if this user cannot read the file.
    """
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        holder = _read(descriptor)
    finally:
        os.close(descriptor)
    return (holder, holder.runs()) if holder else None


def _open(folder: Path) -> int:
    """The file's descriptor, inheritable for engine/compose.py; other child processes close it."""
    try:
        files.make_folder(folder)
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        files.give(folder / NAME)
        os.set_inheritable(descriptor, True)
        return descriptor
    except OSError as error:
        hints = {
            errno.EACCES: "Use the account that owns the checkout, or sudo.",
            errno.ENOSPC: "Free some space there. What uses it: df -h, docker system df",
            errno.EROFS: "stackctl keeps the stack's state there: move the checkout to a writable file system.",
        }
        message = f"{folder} cannot be written: {error.strerror}."
        raise CheckFailedError(message, hints.get(error.errno or 0, "See: ls -la " + str(folder.parent))) from error


def _acquire(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _locked(_read(descriptor)) from None


def _locked(holder: Holder | None) -> LockedError:
    if holder is None:  # it has just started or ended, or the disk is full
        return LockedError("Another command is running.", "Run this again when it has ended.")
    if holder.runs():
        return LockedError(
            f"Another command is running: {holder}.", f"Run this again when it has ended. See: ps -fp {holder.pid}"
        )
    return LockedError(
        f"{holder} was interrupted, but the `docker compose` it started is still running.", "Run this again in a minute."
    )


def _read(descriptor: int) -> Holder | None:
    """The command that holds the lock or did not release it; None if there is none, or it is unknown."""
    try:
        holder = Holder(**json.loads(os.pread(descriptor, 4096, 0)))
        time.strptime(holder.since, STAMP)
        return holder
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, text: str) -> None:
    with contextlib.suppress(OSError):  # on a full disk, `images prune` must still run
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())

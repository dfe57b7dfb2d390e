"""One command at a time changes a stack: a lock that says who has it, since when, and for what.

The kernel keeps it (flock(2)), not the file: it ends with whoever has it, however that ends, so that none is ever left over.
What stands in the file is for people, and still there when its writer was killed or the machine went down.
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

from stackctl import console, files
from stackctl.errors import CheckFailedError, LockedError

NAME = "lock"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
CLOCK_SECONDS = 60
"""By which the clock may have been set since a command began."""


@dataclass(frozen=True)
class Holder:
    """Whose command has the lock. `since`: 2026-01-31T09:00:00Z."""

    user: str
    pid: int
    command: str
    since: str

    @classmethod
    def here(cls, command: str) -> Holder:
        """This process, for whoever is behind sudo."""
        now = time.strftime(STAMP, time.gmtime())
        return cls(os.environ.get("SUDO_USER") or _user(), os.getpid(), command, now)

    def runs(self) -> bool:
        """Whether the command still runs: after a restart of the machine, another may have its number."""
        try:
            began = calendar.timegm(time.strptime(self.since, STAMP))
            return bool(psutil.Process(self.pid).create_time() <= began + CLOCK_SECONDS)
        except (psutil.Error, ValueError):
            return False


@contextlib.contextmanager
def held(folder: Path, command: str) -> Iterator[None]:
    """Have the lock of the stack that keeps its state in `folder`, to do `command`.

    Raises LockedError when another command has it, CheckFailedError when this user cannot write in the folder.
    """
    descriptor = _open(folder)
    try:
        _take(descriptor)
        if left := _read(descriptor):
            whose = f"`{left.command}` of {left.user}, begun at {left.since},"
            console.warn(f"{whose} was cut off. Running it again finishes it.")
        _write(descriptor, json.dumps(asdict(Holder.here(command))))
        try:
            yield
        finally:
            _write(descriptor, "")
    finally:
        os.close(descriptor)


def last(folder: Path) -> tuple[Holder, bool] | None:
    """Whose command has the lock, or was cut off while it had it, and whether it still runs; None for neither.

    Only looked at, not taken, so that nobody is kept from it. Where it may not be read, nobody knows.
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
    """The file's descriptor, inheritable for compose.py's sake. Others start what they start without it."""
    try:
        files.make_folder(folder)
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        files.give(folder / NAME)
        os.set_inheritable(descriptor, True)
        return descriptor
    except OSError as error:
        hints = {
            errno.EACCES: "Use the account that the checkout belongs to, or sudo.",
            errno.ENOSPC: "Free some space there. Who has it: df -h, docker system df",
            errno.EROFS: "It holds what stackctl keeps of the stack: put the checkout where it can be written.",
        }
        message = f"{folder} cannot be written: {error.strerror}."
        raise CheckFailedError(message, hints.get(error.errno or 0, "See: ls -la " + str(folder.parent))) from error


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _locked(_read(descriptor)) from None


def _locked(holder: Holder | None) -> LockedError:
    if holder is None:  # it has just begun or ended, or the disk is full
        return LockedError("Another command is changing this stack.", "Run this again when it has ended.")
    if holder.runs():
        return LockedError(
            f"`{holder.command}` of {holder.user} is changing this stack, since {holder.since} (pid {holder.pid}).",
            f"Run this again when it has ended. To see it: ps -fp {holder.pid}",
        )
    return LockedError(
        f"`{holder.command}` of {holder.user}, begun at {holder.since}, was cut off, "
        "and the `docker compose` that it started is still at work.",
        "Run this again in a minute.",
    )


def _read(descriptor: int) -> Holder | None:
    """Who has the lock, or had it and did not give it back; None when nobody, or nobody knows."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk must not keep `images prune` from being run
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())

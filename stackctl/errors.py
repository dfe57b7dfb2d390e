"""What stackctl fails with: one sentence for a person, a hint that can be typed, and an exit code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import IntEnum


class Exit(IntEnum):
    """stackctl's exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CHECK_FAILED = 3
    NOT_RUNNING = 4
    LOCKED = 5
    INTERRUPTED = 130


class StackError(Exception):
    """A failure that a person can act on. `hint` is what to do next, `detail` the last lines of what went wrong."""

    def __init__(self, message: str, hint: str = "", *, detail: str = "", code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail
        self.code = code


class CheckFailedError(StackError):
    """Something was found wrong before anything was changed."""

    def __init__(self, message: str, hint: str = "", *, detail: str = "") -> None:
        super().__init__(message, hint, detail=detail, code=Exit.CHECK_FAILED)


class NotRunningError(StackError):
    """The stack, or the part that a command needs, is not running."""

    def __init__(self, message: str = "The stack is not running.", hint: str = "Start it: stackctl up") -> None:
        super().__init__(message, hint, code=Exit.NOT_RUNNING)


class LockedError(StackError):
    """Another command is changing the stack."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint, code=Exit.LOCKED)


class SilenceError(StackError):
    """Nothing was heard for as long as one waits."""


FULL = "no space left on device"
"""What the kernel says of a full disk, in stackctl's own calls and in what Docker, Compose and BuildKit pass on."""


def disk_full(doing: str = "") -> StackError:
    """The error for a full disk."""
    return StackError(
        f"The disk is full{doing}. What was there before is still there.",
        "Free some space: stackctl images prune, docker builder prune. Who has it: df -h, docker system df",
    )


GOES_ON = "Run it again, and it goes on."
"""What a Ctrl-C is answered with, unless there is nothing to go on from."""


@contextlib.contextmanager
def left_when_stopped(
    what: str = "What runs is as it was, and what was pulled or built is kept.", *, goes_on: bool = True
) -> Iterator[None]:
    """Have a Ctrl-C in the block, or in a function that this decorates, say what it leaves behind."""
    try:
        yield
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(*(stopped.args or (what, *[GOES_ON] * goes_on))) from None


@contextlib.contextmanager
def before_any_change() -> Iterator[None]:
    """Make every failure of the block one that was found before anything was changed."""
    try:
        yield
    except CheckFailedError:
        raise
    except StackError as error:
        raise CheckFailedError(error.message, error.hint, detail=error.detail) from error

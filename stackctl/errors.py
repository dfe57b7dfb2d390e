"""stackctl's errors: a sentence for a person, a hint that can be typed, and an exit code."""

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
    """A check failed before anything was changed."""

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


class NoDataError(StackError):
    """No data arrived within the timeout."""


DISK_FULL = "no space left on device"
"""The kernel's message for a full disk, in stackctl's own calls and in the errors of Docker, Compose and BuildKit."""


def disk_full(doing: str = "") -> StackError:
    """The error for a full disk."""
    return StackError(
        f"The disk is full{doing}. Nothing was lost.",
        "Free some space: stackctl images prune, docker builder prune. To see what uses it: df -h, docker system df",
    )


CONTINUE_HINT = "Run the command again to continue."
"""Printed after a Ctrl-C, unless there is nothing to continue."""


@contextlib.contextmanager
def explain_interrupt(
    state: str = "Nothing that runs was changed. Images that were pulled or built are kept.", *, can_continue: bool = True
) -> Iterator[None]:
    """After a Ctrl-C in the block, or in a function that this decorates, stackctl prints `state`, and CONTINUE_HINT.

    Where blocks are nested, the innermost one explains.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        hint = [CONTINUE_HINT] if can_continue else []
        raise KeyboardInterrupt(*(interrupt.args or (state, *hint))) from None


@contextlib.contextmanager
def before_any_change() -> Iterator[None]:
    """Turn every StackError of the block into a CheckFailedError: nothing has been changed yet."""
    try:
        yield
    except CheckFailedError:
        raise
    except StackError as error:
        raise CheckFailedError(error.message, error.hint, detail=error.detail) from error

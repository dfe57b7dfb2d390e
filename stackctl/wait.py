"""Waiting with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from stackctl.errors import StackError


def until(
    look: Callable[[], str], *, seconds: float, message: str, every: float = 0.2, detail: Callable[[], str] = str
) -> None:
    """Call `look` until it returns "". Any other text is the current state.

    Raises StackError after `seconds`, with the last state and the log lines from `detail()`.
    """
    deadline = time.monotonic() + seconds
    while state := look():
        if time.monotonic() > deadline:
            raise StackError(f"{message} after {seconds:.0f} seconds: {state}", "See: stackctl logs", detail=detail())
        time.sleep(every)

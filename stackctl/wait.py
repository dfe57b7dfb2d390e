"""Waiting with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable

from stackctl.errors import StackError


def until(
    look: Callable[[], str], *, seconds: float, what: str, every: float = 0.2, detail: Callable[[], str] = str
) -> None:
    """Call `look` until it returns "" (what was waited for is there); any other text is the state just seen.

    Raises StackError after `seconds`, with the last state, and `detail()` for the log lines that explain it.
    """
    deadline = time.monotonic() + seconds
    while state := look():
        if time.monotonic() > deadline:
            raise StackError(f"{what} after {seconds:.0f} seconds: {state}", "See: stackctl logs", detail=detail())
        time.sleep(every)

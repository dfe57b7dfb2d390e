"""Waiting for something to become true, never longer than a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def wait_until(condition: Callable[[], Value], seconds: float, what: str, every: float = 0.1) -> Value:
    """Call `condition` until what it returns is true, and return that. Fails after `seconds`, saying `what` was not."""
    deadline = time.monotonic() + seconds
    while not (seen := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not after {seconds:g} s: {what} (last seen: {seen!r})")
        time.sleep(every)
    return seen

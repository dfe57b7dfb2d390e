"""What becomes of Ctrl-C, and of being asked to end in other ways."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def all_like_ctrl_c() -> Iterator[None]:
    """Have `kill`, and the end of a terminal, end the block as Ctrl-C does, so that it is tidied up behind it."""
    with _handled(signal.default_int_handler):
        yield


@contextlib.contextmanager
def held_off() -> Iterator[None]:
    """Let nothing of that cut off what is being tidied up."""
    with _handled(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Let what of that comes in the block have its effect behind it only."""
    came: list[int] = []
    try:
        with _handled(lambda kind, _: came.append(kind)):
            yield
    finally:
        for kind in came[:1]:
            signal.raise_signal(kind)


@contextlib.contextmanager
def _handled(handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # no signal cuts that off, and it may handle none
        yield
        return
    former = {kind: signal.signal(kind, handler) for kind in ENDING}
    try:
        yield
    finally:
        for kind, before in former.items():
            signal.signal(kind, before)

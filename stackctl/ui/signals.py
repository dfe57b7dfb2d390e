"""Handling of Ctrl-C and of other signals that end stackctl."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def all_like_ctrl_c() -> Iterator[None]:
    """Make `kill` and a closed terminal interrupt the block as Ctrl-C does, so that it cleans up."""
    with _handled(signal.default_int_handler):
        yield


@contextlib.contextmanager
def held_off() -> Iterator[None]:
    """Ignore these signals in the block, which cleans up."""
    with _handled(signal.SIG_IGN):
        yield


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Deliver signals that arrive in the block after its end."""
    pending: list[int] = []
    try:
        with _handled(lambda kind, _: pending.append(kind)):
            yield
    finally:
        for kind in pending[:1]:
            signal.raise_signal(kind)


@contextlib.contextmanager
def _handled(handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # signals only reach the main thread
        yield
        return
    previous = {kind: signal.signal(kind, handler) for kind in ENDING}
    try:
        yield
    finally:
        for kind, before in previous.items():
            signal.signal(kind, before)

"""A server extension: a busy kernel counts as activity, even if it prints nothing.

jupyter_server counts only a kernel's messages, so the culler would stop a server in the middle of a long, silent
calculation. This extension reports busy kernels, each for at most STACK_BUSY_LIMIT seconds after it became busy.
"""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from typing import Any

from tornado.ioloop import PeriodicCallback

INTERVAL = 10
"""Seconds between two checks of the kernels."""


class BusyKernels:
    """Tracks since when each kernel has been busy. Times are seconds of `time.monotonic`."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._since: dict[str, float] = {}

    def in_use(self, states: dict[str, str], now: float) -> bool:
        """Whether any kernel has been busy for less than the limit. `states`: the execution state of each kernel, by id."""
        busy = {ident for ident, state in states.items() if state == "busy"}
        self._since = {ident: self._since.get(ident, now) for ident in busy}
        return any(now - since < self._limit for since in self._since.values())


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_activity"}]


def _load_jupyter_server_extension(server: Any) -> None:
    kernels = BusyKernels(float(os.environ.get("STACK_BUSY_LIMIT", "86400")))
    times = server.web_app.settings["last_activity_times"]

    def look() -> None:
        manager = server.kernel_manager
        states = {ident: getattr(manager.get_kernel(ident), "execution_state", "") for ident in manager.list_kernel_ids()}
        if kernels.in_use(states, time.monotonic()):
            times["busy_kernels"] = datetime.now(timezone.utc)

    server.stack_busy_kernels = PeriodicCallback(look, INTERVAL * 1000)
    server.stack_busy_kernels.start()

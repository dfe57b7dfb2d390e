"""A server extension: what runs counts as activity, even if nobody is looking.

jupyter_server counts only requests and the messages of kernels, so the culler would stop a server in the middle of a long,
silent calculation, or of a program in a terminal. This extension reports busy kernels, terminals that print, and processes
that use the processor, each for at most STACK_BUSY_LIMIT seconds. What jupyter-server-proxy passes on counts by itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tornado.ioloop import PeriodicCallback

INTERVAL = 10
"""Seconds between two checks."""

PAUSE = 60
"""Seconds for which something may pause, and is still the same work: it prints each half minute, for example."""

SHARE = 0.1
"""The part of one processor from which on processes count. Ten idle kernels use half of that."""

CPU_FILES = (("cpu.stat", 1e6), ("cpuacct/cpuacct.usage", 1e9), ("cpu,cpuacct/cpuacct.usage", 1e9))
"""Where the kernel tells what the container's processes have used, and the unit: cgroup v2, and v1 in two layouts.
https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files"""


class Work:
    """Tracks since when each kernel, terminal or process has been at work. Times are seconds of `time.monotonic`."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._since: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def in_use(self, active: set[str], now: float) -> bool:
        """Whether anything is at work now, and has been for less than the limit. `active`: the names of what is."""
        self._last = {name: last for name, last in self._last.items() if now - last <= PAUSE}
        self._since = {name: since for name, since in self._since.items() if name in self._last}
        self._last |= dict.fromkeys(active, now)
        self._since = {name: self._since.get(name, now) for name in self._last}
        return any(now - self._since[name] < self._limit for name in active)


class Processor:
    """Measures what the container's processes use, without the notebook server itself."""

    def __init__(self, cgroup: Path = Path("/sys/fs/cgroup")) -> None:
        self._cgroup = cgroup
        self._before: tuple[float, float] | None = None

    def busy(self, now: float) -> bool:
        """Whether they used more than SHARE since the last call."""
        used = self._used()
        before, self._before = self._before, None if used is None else (now, used)
        if used is None or before is None or now <= before[0]:
            return False
        return (used - before[1]) / (now - before[0]) > SHARE

    def _used(self) -> float | None:
        """Seconds of processor time so far, or None where the kernel does not tell."""
        for name, unit in CPU_FILES:
            try:
                words = (self._cgroup / name).read_text(encoding="ascii").split()
            except OSError:
                continue
            # cpu.stat has names, and begins with `usage_usec N`
            return int(words[1] if words[0] == "usage_usec" else words[0]) / unit - time.process_time()
        return None


def _kernels(server: Any) -> Iterator[str]:
    manager = server.kernel_manager
    for ident in manager.list_kernel_ids():
        if getattr(manager.get_kernel(ident), "execution_state", "") == "busy":
            yield f"kernel {ident}"


def _terminals(server: Any) -> Iterator[str]:
    """The terminals that printed something, which sets their last activity, whether or not they are open in a browser."""
    recent = datetime.now(timezone.utc) - timedelta(seconds=INTERVAL)
    manager = server.web_app.settings.get("terminal_manager")
    for name, terminal in (manager.terminals if manager else {}).items():
        if terminal.last_activity > recent:
            yield f"terminal {name}"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_activity"}]


def _load_jupyter_server_extension(server: Any) -> None:
    work = Work(float(os.environ.get("STACK_BUSY_LIMIT", "86400")))
    processor = Processor()
    times = server.web_app.settings["last_activity_times"]

    def look() -> None:
        now = time.monotonic()
        active = {*_kernels(server), *_terminals(server)} | ({"processes"} if processor.busy(now) else set())
        if work.in_use(active, now):
            times["stack_activity"] = datetime.now(timezone.utc)

    server.stack_activity = PeriodicCallback(look, INTERVAL * 1000)
    server.stack_activity.start()

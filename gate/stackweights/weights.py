"""Lower the CPU shares of notebook servers that compute continuously.

An answer from a kernel takes about a hundred short turns on a processor: the browser's message passes nginx, proxy, server
and kernel. Next to a container of the same weight that starts and ends processes without a pause, one turn may have to wait
a second; next to a container of low weight it comes at once. So a server's weight depends on what it used in the last
seconds. A server that has the processors to itself loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web

from contract import names

INTERVAL = 3.0
"""Seconds between two measurements. Each costs Docker 2.5 ms per server."""

STALE = 5 * INTERVAL
"""Seconds after which an earlier measurement says nothing about the present."""

TIMEOUT = ClientTimeout(total=INTERVAL)
TRANSIENT = (ClientError, TimeoutError, LookupError, TypeError, ValueError)
"""Raised when Docker does not answer, or about a container that is just ending."""

MAX_SHARES, MIN_SHARES = 1024, 16
"""CpuShares. 1024 is Docker's default. On cgroup v2, Docker converts them to `cpu.weight`."""

CPUS = os.cpu_count() or 1

FREE = 0.25
"""Processors that a server may use all the time at full weight; less where many servers share the processors."""


def shares(use: float, free: float = FREE) -> int:
    """CpuShares for a server that uses `use` processors: a quarter for each doubling above `free`."""
    return max(MIN_SHARES, round(MAX_SHARES * (free / max(use, free)) ** 2))


def running(docker: Path, stack: str) -> Callable[[web.Application], AsyncIterator[None]]:
    """Adjust a stack's weights while an application runs, for its `cleanup_ctx`. `docker`: the path of Docker's socket."""

    async def context(_: web.Application) -> AsyncIterator[None]:
        async with ClientSession(connector=UnixConnector(str(docker))) as engine:
            adjusting = asyncio.create_task(Weights(engine, stack).adjust())
            yield
            adjusting.cancel()

    return context


@dataclass
class Usage:
    """A server's processor time so far and when it was read, both in seconds, and its CpuShares."""

    cpu_seconds: float
    read_at: float
    shares: int


class Weights:
    """The weights of all notebook servers of a stack."""

    def __init__(self, engine: ClientSession, stack: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._stack, self._clock = engine, stack, clock
        self._usage: dict[str, Usage | None] = {}

    async def adjust(self) -> None:
        """Keep updating while more than half of the processors' time is used, or a server has reduced shares."""
        while True:
            idle = _idle_seconds()
            await asyncio.sleep(INTERVAL)
            busy = _idle_seconds() - idle < INTERVAL * CPUS / 2
            if busy or any(usage and usage.shares < MAX_SHARES for usage in self._usage.values()):
                with contextlib.suppress(*TRANSIENT):
                    await self.update()

    async def update(self) -> None:
        """Give each server the shares that match its use since the last update."""
        filters = json.dumps({"label": [f"{names.STACK}={self._stack}"]})
        servers = [str(item["Id"]) for item in await self._get("containers/json", filters=filters)]
        self._usage = {ident: self._usage[ident] for ident in servers if ident in self._usage}
        for ident in servers:
            with contextlib.suppress(*TRANSIENT):
                await self._update(ident, min(FREE, CPUS / 2 / len(servers)))

    async def _update(self, ident: str, free: float) -> None:
        if ident not in self._usage:
            self._usage[ident] = await self._initial(ident)
        if (before := self._usage[ident]) is None:
            return
        stats = await self._get(f"containers/{ident}/stats", **{"stream": "0", "one-shot": "1"})
        now = Usage(stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9, self._clock(), before.shares)
        self._usage[ident] = now
        elapsed = now.read_at - before.read_at
        # down at once but up in steps, so that a short pause does not make up for continuous use
        target = min(shares((now.cpu_seconds - before.cpu_seconds) / elapsed, free), 4 * before.shares)
        similar = now.shares / 2 <= target <= now.shares * 2 and (target < MAX_SHARES or now.shares == MAX_SHARES)
        if elapsed < STALE and not similar:
            async with self._engine.post(
                f"http://docker/containers/{ident}/update", json={"CpuShares": target}, timeout=TIMEOUT
            ) as answer:
                now.shares = target if answer.ok else now.shares

    async def _initial(self, ident: str) -> Usage | None:
        """The first entry for a server; None for one with GPUs, which an update could take away from it.

        https://github.com/NVIDIA/nvidia-container-toolkit/issues/48
        """
        attrs = await self._get(f"containers/{ident}/json")
        env = dict(item.partition("=")[::2] for item in attrs["Config"]["Env"] or ())
        if attrs["HostConfig"]["DeviceRequests"] or env.get("NVIDIA_VISIBLE_DEVICES", "void") not in ("", "void", "none"):
            return None
        return Usage(0, -math.inf, attrs["HostConfig"]["CpuShares"] or MAX_SHARES)

    async def _get(self, path: str, **query: str) -> Any:
        async with self._engine.get(f"http://docker/{path}", params=query, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            return await answer.json()


def _idle_seconds() -> float:
    """Seconds for which the server's processors have been idle, added up over all of them (proc_stat(5))."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")

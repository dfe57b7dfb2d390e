"""Who computes without a pause gives way to who does not.

To answer, a kernel and what is before it take some hundred short turns at a processor. Beside a container of the same
weight that begins and ends processes without a pause, such a turn may come after a second; beside a low weight, soon.
So a notebook server weighs by what it has used in the last seconds. Whoever has the processors alone loses nothing by it.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession

LOOK = 3.0
"""Seconds between two looks. One costs Docker 2.5 ms for each server."""

MOST, LEAST = 1024, 16
"""CpuShares; the first is Docker's default. On cgroup v2, Docker makes a `cpu.weight` of it."""

FREE = 0.25
"""Processors that somebody may use all the time, and weigh as much as who does nothing."""


def weight(use: float) -> int:
    """For a server that uses so many processors: a quarter for each doubling above FREE."""
    return max(LEAST, round(MOST * (FREE / max(use, FREE)) ** 2))


@dataclass
class Seen:
    """What is known of a server: how many seconds of processors it had used, when that was asked, and its weight."""

    used: float
    when: float
    weight: int = 0


class Weights:
    """Those of all notebook servers of a stack."""

    def __init__(self, engine: ClientSession, stack: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._stack, self._clock = engine, stack, clock
        self._seen: dict[str, Seen | None] = {}

    async def keep(self) -> None:
        """Look again and again, while more than half of the processors' time is used."""
        while True:
            idle = _idle()
            await asyncio.sleep(LOOK)
            if _idle() - idle < LOOK * (os.cpu_count() or 1) / 2:
                try:
                    await self.look()
                except (ClientError, TimeoutError, LookupError, TypeError, ValueError):
                    continue  # Docker is silent, or a server is just ending

    async def look(self) -> None:
        """Give each server the weight that goes with what it has used since the last look."""
        filters = json.dumps({"label": [f"stackhub.stack={self._stack}"]})
        running = [str(item["Id"]) for item in await self._ask("containers/json", filters=filters)]
        self._seen = {ident: self._seen[ident] for ident in running if ident in self._seen}
        for ident in running:
            await self._weigh(ident)

    async def _weigh(self, ident: str) -> None:
        if ident not in self._seen and await self._has_gpus(ident):
            self._seen[ident] = None
        before = self._seen.get(ident, Seen(0, -math.inf))
        if before is None:
            return
        said = await self._ask(f"containers/{ident}/stats", **{"stream": "0", "one-shot": "1"})
        now = Seen(said["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9, self._clock(), before.weight)
        self._seen[ident] = now
        passed = now.when - before.when
        wanted = weight((now.used - before.used) / passed)
        if passed < 3 * LOOK and not now.weight / 2 <= wanted <= now.weight * 2:
            async with self._engine.post(f"http://docker/containers/{ident}/update", json={"CpuShares": wanted}) as answer:
                now.weight = wanted if answer.ok else now.weight

    async def _has_gpus(self, ident: str) -> bool:
        """Whether it must be left alone: after an update it may have its GPUs no more.

        https://github.com/NVIDIA/nvidia-container-toolkit/issues/48
        """
        return bool((await self._ask(f"containers/{ident}/json"))["HostConfig"]["DeviceRequests"])

    async def _ask(self, path: str, **query: str) -> Any:
        async with self._engine.get(f"http://docker/{path}", params=query) as answer:
            return await answer.json()


def _idle() -> float:
    """Seconds that the server's processors together have had nothing to do."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")

"""Who computes without a pause gives way to who does not.

To answer, a kernel and what is before it take some hundred short turns at a processor. Beside a container of the same
weight that begins and ends processes without a pause, such a turn may come after a second; beside a low weight, soon.
So a notebook server weighs by what it has used in the last seconds. Whoever has the processors alone loses nothing by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

LOOK = 3.0
"""Seconds between two looks. One costs Docker 2.5 ms for each server."""

LONG = 5 * LOOK
"""Seconds after which what was seen says nothing of now."""

AT_MOST = ClientTimeout(total=LOOK)
UNKNOWN = (ClientError, TimeoutError, LookupError, TypeError, ValueError)
"""What comes of a Docker that is silent, or of a container that is just ending."""

MOST, LEAST = 1024, 16
"""CpuShares; the first is what one weighs of which nothing was said. On cgroup v2, Docker makes a `cpu.weight` of it."""

CPUS = os.cpu_count() or 1

FREE = 0.25
"""Processors that somebody may use all the time, and weigh as much as who does nothing; less where many share them."""


def weight(use: float, free: float = FREE) -> int:
    """For a server that uses so many processors: a quarter for each doubling above what is free."""
    return max(LEAST, round(MOST * (free / max(use, free)) ** 2))


@dataclass
class Seen:
    """What is known of a server: how many seconds of processors it had used, when that was asked, and its weight."""

    used: float
    when: float
    weight: int


class Weights:
    """Those of all notebook servers of a stack."""

    def __init__(self, engine: ClientSession, stack: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._stack, self._clock = engine, stack, clock
        self._seen: dict[str, Seen | None] = {}

    async def keep(self) -> None:
        """Look again and again, while more than half of the processors' time is used, or somebody weighs less for it."""
        while True:
            idle = _idle()
            await asyncio.sleep(LOOK)
            if _idle() - idle < LOOK * CPUS / 2 or any(seen and seen.weight < MOST for seen in self._seen.values()):
                with contextlib.suppress(*UNKNOWN):
                    await self.look()

    async def look(self) -> None:
        """Give each server the weight that goes with what it has used since the last look."""
        filters = json.dumps({"label": [f"stackhub.stack={self._stack}"]})
        running = [str(item["Id"]) for item in await self._ask("containers/json", filters=filters)]
        self._seen = {ident: self._seen[ident] for ident in running if ident in self._seen}
        for ident in running:
            with contextlib.suppress(*UNKNOWN):
                await self._weigh(ident, min(FREE, CPUS / 2 / len(running)))

    async def _weigh(self, ident: str, free: float) -> None:
        if ident not in self._seen:
            self._seen[ident] = await self._first(ident)
        if (before := self._seen[ident]) is None:
            return
        said = await self._ask(f"containers/{ident}/stats", **{"stream": "0", "one-shot": "1"})
        now = Seen(said["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9, self._clock(), before.weight)
        self._seen[ident] = now
        passed = now.when - before.when
        # down at once, and up again in steps, so that a pause now and then does not make up for the rest
        wanted = min(weight((now.used - before.used) / passed, free), 4 * before.weight)
        little = now.weight / 2 <= wanted <= now.weight * 2 and (wanted < MOST or now.weight == MOST)
        if passed < LONG and not little:
            async with self._engine.post(
                f"http://docker/containers/{ident}/update", json={"CpuShares": wanted}, timeout=AT_MOST
            ) as answer:
                now.weight = wanted if answer.ok else now.weight

    async def _first(self, ident: str) -> Seen | None:
        """What is known at first; None for a server with GPUs, which an update could take away from it.

        https://github.com/NVIDIA/nvidia-container-toolkit/issues/48
        """
        found = await self._ask(f"containers/{ident}/json")
        named = dict(item.partition("=")[::2] for item in found["Config"]["Env"] or ())
        if found["HostConfig"]["DeviceRequests"] or named.get("NVIDIA_VISIBLE_DEVICES", "void") not in ("", "void", "none"):
            return None
        return Seen(0, -math.inf, found["HostConfig"]["CpuShares"] or MOST)

    async def _ask(self, path: str, **query: str) -> Any:
        async with self._engine.get(f"http://docker/{path}", params=query, timeout=AT_MOST) as answer:
            answer.raise_for_status()
            return await answer.json()


def _idle() -> float:
    """Seconds that the server's processors together have had nothing to do."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")

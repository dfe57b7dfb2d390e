"""What all notebook servers together may use. The gate counts by itself: somebody who controls the hub need not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .body import MEMORY, Container
from .calls import RefusedError
from .engine import Engine
from .rules import Rules

MAX_CONTAINERS = 2000
"""Also those that have ended, which still take space. A Docker network has room for 1023 (https://github.com/moby/moby/issues/44973)."""

MAX_VOLUMES = 20_000
"""One for each person who ever had a server."""

LIVE = ("created", "running", "paused", "restarting")
"""States in which a container uses its memory, or may begin to. One that has ended may not be started again."""


@dataclass(frozen=True)
class Server:
    """A container that uses `memory`, in bytes, and a place of its size; neither when it has ended."""

    name: str
    size: str
    memory: int

    @classmethod
    def of(cls, item: dict[str, Any]) -> Server:
        """From an entry of `GET /containers/json`."""
        name, labels = item["Names"][0].removeprefix("/"), item["Labels"]
        if item["State"] not in LIVE:
            return cls(name, "", 0)
        return cls(name, labels.get("stackhub.size", ""), int(labels.get(MEMORY, 0)))


class Totals:
    """Reserves room for containers while Docker creates them."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._creating: dict[str, Server] = {}

    @contextlib.asynccontextmanager
    async def room(self, name: str, container: Container, rules: Rules, engine: Engine) -> AsyncIterator[None]:
        """Hold room for a container called `name`, which is created meanwhile. Raises RefusedError if there is none."""
        async with self._lock:
            if name in self._creating:
                raise RefusedError(f"{name} is being created")
            creating = dict(self._creating)  # before the list: one that is created meanwhile may be in neither
            servers = {server.name: server for server in map(Server.of, await engine.servers())} | creating
            servers.pop(name, None)  # Docker does not create it a second time
            for reason in refusals(container, servers.values(), rules):
                raise RefusedError(reason)
            await _room_for_files(container, engine)
            self._creating[name] = Server(name, container.size, container.host_config.memory)
        try:
            yield
        finally:
            del self._creating[name]


def refusals(container: Container, servers: Iterable[Server], rules: Rules) -> Iterator[str]:
    """Why there is no room for a container beside `servers`, in one line each; nothing when there is."""
    servers = list(servers)
    if len(servers) >= MAX_CONTAINERS:
        yield f"there are {len(servers)} notebook servers already"
    memory = sum(server.memory for server in servers) + container.host_config.memory
    if memory > rules.servers_memory:
        yield f"notebook servers would have {memory} bytes of memory; STACK_SERVERS_MEMORY is {rules.servers_memory}"
    same = sum(server.size == container.size for server in servers)
    if same >= rules.published.counts.get(container.size, MAX_CONTAINERS):
        yield f"there are {same} servers of the size {container.size} already"


async def _room_for_files(container: Container, engine: Engine) -> None:
    """Raises RefusedError if the container's volume would be one too many."""
    if await engine.has_volume(container.host_config.mounts[0].source):
        return
    if (number := await engine.volumes()) >= MAX_VOLUMES:
        raise RefusedError(f"there are {number} volumes with people's files already")

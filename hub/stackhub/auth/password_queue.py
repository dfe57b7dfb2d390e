"""Passwords are checked one after the other, with turns for everybody who waits."""

from __future__ import annotations

import asyncio
import heapq
import ipaddress
import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from stackhub.pages.sign_in_errors import SignInError

PER_CLIENT = 60
"""Sign-ins of one client that may wait: a class behind one address, as in nginx/snippets/hub-limits.conf."""

IN_ALL = 600


class PasswordQueue:
    """Runs checks in an executor. A client's second waits for the first of everybody else."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._by_client: Counter[str] = Counter()
        self._waiting: list[tuple[int, int, asyncio.Future[Any], Callable[[], Any]]] = []
        self._order = itertools.count()
        self._worker: asyncio.Task[None] | None = None

    async def run(self, address: str, check: Callable[[], Any]) -> Any:
        """What `check` returns. Raises SignInError if too many wait."""
        client = network(address)
        if self._by_client[client] >= PER_CLIENT or self._by_client.total() >= IN_ALL:
            raise SignInError("busy", retry_after=10)
        done = asyncio.get_running_loop().create_future()
        self._by_client[client] += 1
        heapq.heappush(self._waiting, (self._by_client[client], next(self._order), done, check))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        try:
            return await done
        finally:
            self._by_client[client] -= 1
            self._by_client += Counter()  # forgets clients without any

    async def _work(self) -> None:
        while self._waiting:
            _, _, done, check = heapq.heappop(self._waiting)
            if not done.cancelled():
                await self._answer(done, check)

    async def _answer(self, done: asyncio.Future[Any], check: Callable[[], Any]) -> None:
        checked = asyncio.get_running_loop().run_in_executor(self._executor, check)
        await asyncio.wait([checked])
        if done.cancelled():
            return
        if error := checked.exception():
            done.set_exception(error)
        else:
            done.set_result(checked.result())


def network(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 address, which one client has whole: nginx/snippets/limit-zones.conf."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # tests without a network, and Unix sockets
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))

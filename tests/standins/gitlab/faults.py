"""Faults that a test enables: for every request or those below a path, until cleared or for the next few."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.standins.gitlab import pages

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
KINDS = {
    "slow": "answers after `seconds`",
    "rate_limited": "answers 429 with Retry-After, as lib/gitlab/rack_attack.rb does",
    "error": "answers with the status `status`, 5xx, and a page",
    "html": "answers 200 with a page where JSON is expected, as a company's sign-in portal does",
    "lost": "does what is asked, then closes the connection in place of answering",
    "closed": "closes the connection at once",
}


@dataclass
class Fault:
    """An enabled fault. `times`: for how many requests, None for all until it is cleared."""

    kind: str
    prefix: str = "/"
    seconds: float = 0
    status: int = 502
    retry_after: int = 60
    times: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind}: {', '.join(KINDS)}")


@dataclass
class Faults:
    """The enabled faults, and the requests received."""

    active: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """METHOD and path, without the query, of every request since the last clearing."""
    refusing: bool = False
    """Whether the port is closed, and all connections with it."""

    def take(self, path: str) -> Fault | None:
        """The first fault for this path; counts one use."""
        for fault in self.active:
            if path.startswith(fault.prefix) and fault.times != 0:
                fault.times = fault.times if fault.times is None else fault.times - 1
                return fault
        return None


FAULTS: web.AppKey[Faults] = web.AppKey("faults", Faults)


async def faulty(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    """The response to a request with a fault."""
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    if fault.kind == "lost":
        await handler(request)
    if fault.kind in ("lost", "closed"):
        return cut_off(request)
    if fault.kind == "rate_limited":
        headers = {"Retry-After": str(fault.retry_after), "RateLimit-Limit": "60", "RateLimit-Remaining": "0"}
        return web.Response(text="Retry later\n", status=429, headers=headers)
    if fault.kind == "html":
        return pages.page("Sign in to the network", "<h1>Sign in to the network</h1>")
    return pages.plain_error(fault.status, "GitLab is not responding", "Whoops, GitLab is taking too much time to respond.")


def cut_off(request: web.Request) -> web.Response:
    """Close the connection; the response that aiohttp requires is never sent."""
    if request.transport:
        request.transport.abort()
    return web.Response()

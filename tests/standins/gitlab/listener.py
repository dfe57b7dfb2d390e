"""The port that the stand-in listens on."""

from __future__ import annotations

import asyncio
import ssl

from aiohttp import web

from tests.standins.gitlab.faults import FAULTS


class Listener:
    """Serves `app` on a port that can be closed for a while. `ca_pem`: the certificate to trust, "" without TLS."""

    def __init__(self, app: web.Application, context: ssl.SSLContext | None = None, ca_pem: str = "") -> None:
        self.app, self.ca_pem = app, ca_pem
        self._context = context
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        self._site: web.TCPSite | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._address = ("", 0)

    async def start(self, host: str, port: int) -> int:
        """Listen. Returns the port: a free one for 0."""
        await self._runner.setup()
        self._address = (host, port)
        await self._open()
        self._address = (host, int(self._runner.addresses[0][1]))
        return self._address[1]

    async def stop(self) -> None:
        """Close all connections and the port."""
        for task in self._tasks:
            task.cancel()
        await self._runner.cleanup()

    def refuse_soon(self, seconds: float) -> None:
        """Close the port for a while, once the response to this request is sent."""
        task = asyncio.ensure_future(self._refuse(seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self) -> None:
        self._site = web.TCPSite(self._runner, *self._address, ssl_context=self._context, reuse_address=True)
        await self._site.start()

    async def _refuse(self, seconds: float) -> None:
        assert self._site is not None
        await self._site.stop()
        self.app[FAULTS].refusing = True
        await asyncio.sleep(seconds)
        await self._open()
        self.app[FAULTS].refusing = False


LISTENER: web.AppKey[Listener] = web.AppKey("listener", Listener)

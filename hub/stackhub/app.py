"""The JupyterHub application: it waits for Docker when it starts, and removes orphaned containers."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from tornado import web
from tornado.ioloop import PeriodicCallback

from contract.network import HUB_PORT
from stackhub import engine
from stackhub.log import PrintableFormatter
from stackhub.spawn import disk

PAGE = Path("/etc/jupyterhub/templates/waiting-for-docker.html")
ORPHANS_INTERVAL = 60
"""Seconds between two searches for orphaned containers."""


class StackHub(JupyterHub):
    """The hub of a stack."""

    _log_formatter_cls = PrintableFormatter

    async def initialize(self, *arguments: Any, **named: Any) -> None:  # type: ignore[override]
        """Wait for Docker first. Without it, JupyterHub would consider running servers dead and forget them."""
        await self._wait_for_docker()
        disk.keep_people_signed_in()
        await super().initialize(*arguments, **named)

    async def start(self) -> None:  # type: ignore[override]
        await super().start()
        await self.remove_orphans()
        self._periodic_callbacks["orphans"] = PeriodicCallback(self.remove_orphans, 1000 * ORPHANS_INTERVAL)
        self._periodic_callbacks["orphans"].start()

    async def _wait_for_docker(self) -> None:
        if not (reason := await asyncio.to_thread(engine.connection_error)):
            return
        self.log.warning("Waiting for Docker: %s", reason)
        server = web.Application([(".*", WaitingPage, {"page": PAGE.read_text()})], log_function=str).listen(HUB_PORT)
        while await asyncio.to_thread(engine.connection_error):
            await asyncio.sleep(1)
        self.log.warning("Docker is available again.")
        server.stop()
        await server.close_all_connections()

    async def remove_orphans(self) -> None:
        """Remove containers of notebook servers that the hub doesn't know.

        They exist if the hub was killed during a start or a stop, or if Docker finished a call late. A container that is
        created after the list was fetched is safe: it isn't in the list.
        """
        try:
            for server in await asyncio.to_thread(engine.servers, os.environ["STACK_NAME"]):
                if not self._is_known(server):
                    self.log.warning("Removing an orphaned container: %s %s %s", server.user, server.name, server.id)
                    await asyncio.to_thread(engine.remove, server.id)
        except engine.DOCKER_ERRORS as error:
            self.log.warning("Could not remove orphaned containers, trying again later: %s", error)

    def _is_known(self, server: engine.Server) -> bool:
        user = self.users.get(server.user)
        return bool(user and server.name in user.spawners and user.spawners[server.name].active)


class WaitingPage(web.RequestHandler):
    """Answers every request while the hub waits for Docker."""

    def initialize(self, page: str) -> None:
        self.page = page

    def prepare(self) -> None:
        self.set_status(503)
        self.set_header("Retry-After", "2")
        self.set_header("Cache-Control", "no-store")
        self.finish(self.page)

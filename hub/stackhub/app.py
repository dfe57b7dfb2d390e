"""JupyterHub, which waits for Docker as it starts, and leaves no container behind that it does not know of."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from tornado import web
from tornado.ioloop import PeriodicCallback

from . import disk, engine
from .services import PORT
from .spawner import LABEL

PAGE = Path("/etc/jupyterhub/templates/waiting-for-docker.html")
LEFTOVERS_EVERY = 60
"""Seconds."""


class StackHub(JupyterHub):
    """The hub of a stack."""

    async def initialize(self, *arguments: Any, **named: Any) -> None:  # type: ignore[override]
        """Wait for Docker first: JupyterHub takes servers for dead that nobody can ask about, and forgets them."""
        await self._docker_answers()
        disk.keep_people_signed_in()
        await super().initialize(*arguments, **named)

    async def start(self) -> None:  # type: ignore[override]
        await super().start()
        await self.remove_leftovers()
        self._periodic_callbacks["leftovers"] = PeriodicCallback(self.remove_leftovers, 1000 * LEFTOVERS_EVERY)
        self._periodic_callbacks["leftovers"].start()

    async def _docker_answers(self) -> None:
        if not (reason := await asyncio.to_thread(engine.silence)):
            return
        self.log.warning("Waiting for Docker, which does not answer: %s", reason)
        server = web.Application([(".*", WaitingPage, {"page": PAGE.read_text()})], log_function=str).listen(PORT)
        while await asyncio.to_thread(engine.silence):
            await asyncio.sleep(1)
        self.log.warning("Docker answers.")
        server.stop()
        await server.close_all_connections()

    async def remove_leftovers(self) -> None:
        """Remove the containers of notebook servers that the hub has no server to.

        They are there when the hub was killed in the middle of a start or a stop, or when Docker did something late. A
        container that was made since they were listed is none of them: its server is there, starting.
        """
        try:
            for found in await asyncio.to_thread(engine.servers, LABEL, os.environ["STACK_NAME"]):
                if not self._has(found):
                    self.log.warning("Removing a container that is no server's: %s %s %s", found.user, found.name, found.id)
                    await asyncio.to_thread(engine.remove, found.id)
        except engine.SILENT as error:
            self.log.warning("Docker did not let leftovers be looked for, which is tried again: %s", error)

    def _has(self, found: engine.Server) -> bool:
        user = self.users.get(found.user)
        return bool(user and found.name in user.spawners and user.spawners[found.name].active)


class WaitingPage(web.RequestHandler):
    """The answer to whatever is asked for meanwhile."""

    def initialize(self, page: str) -> None:
        self.page = page

    def prepare(self) -> None:
        self.set_status(503)
        self.set_header("Retry-After", "2")
        self.set_header("Cache-Control", "no-store")
        self.finish(self.page)

"""The container of one notebook server, asked after, stopped and removed so that Docker's failures leave no doubt."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docker.errors import APIError, NotFound
from dockerspawner import DockerSpawner

from . import disk, engine

SILENCE = 10
"""Seconds after which Docker counts as silent that does not say how a container is."""

STOP_AGAIN = 5
"""Seconds after which a stop is tried again that Docker refused, or did not answer."""


class ContainerSpawner(DockerSpawner):
    """DockerSpawner, to which a server is dead when Docker says so, and gone when its container is."""

    # A slow stop must not hold up somebody else's start; DockerSpawner's own pool has one thread.
    _executor = ThreadPoolExecutor(8, thread_name_prefix="docker")  # type: ignore[assignment]

    def save_state(self) -> None:
        """As JupyterHub does at the end of a start: a hub that is killed before finds the server, and what it holds."""
        self.orm_spawner.state = self.get_state()
        self.user.db.commit()

    async def get_url(self) -> str:
        """Where the server is, for a hub that was killed before it wrote that down."""
        return f"http://{self.internal_hostname}:{self.port}{self.server.base_url}"

    async def get_object(self) -> Any:
        """What Docker says of the container; None when there is none. Raises one of SILENT when Docker does not say.

        DockerSpawner takes an answer of 500, which a Swarm gives about a node, for no container.
        """
        try:
            found = await asyncio.wait_for(self.docker("inspect_container", self.object_name), SILENCE)
        except NotFound:
            self.object_id = ""
            return None
        self.object_id = found["Id"]
        return found

    async def poll(self) -> Any:
        """None while the container runs, else how it ended. While Docker is silent, it is what it was before.

        During a stop one that has ended counts like one that runs, for JupyterHub has no other stopped, which removes it.
        """
        try:
            status = await super().poll()
        except engine.SILENT as error:
            self.log.warning("Docker does not say how %s is: %s", self.object_name, error or type(error).__name__)
            return None if self.object_id else 0
        if status is not None and self._stop_pending and self.object_id:
            self.log.warning("%s had ended: %s\n%s", self.object_name, status, await self.last_log_lines())
            return None
        return status

    async def poll_and_notify(self) -> Any:
        """JupyterHub's, which writes down that a server has ended, and looks no more: later, while there is no space."""
        return None if disk.is_full() else await super().poll_and_notify()

    async def stop(self, now: bool = False) -> None:
        """Stop and remove the container, however often Docker has to be asked. Until then the server holds what it holds."""
        while self.object_id:
            try:
                await super().stop(now)
            except engine.SILENT as error:
                self.log.warning("Docker did not stop %s, which is tried again: %s", self.object_name, error)
                await asyncio.sleep(STOP_AGAIN)

    async def remove_object(self) -> None:
        """Remove the container, running or not, and wait until its name is free. Raises one of SILENT."""
        try:
            await self.docker("remove_container", self.object_id, v=True, force=True)
        except NotFound:
            return
        except APIError as error:
            if error.status_code != 409:  # it is being removed
                raise
            with contextlib.suppress(NotFound):
                await self.docker("wait", self.object_id, condition="removed", timeout=SILENCE)

    async def last_log_lines(self) -> str:
        """What the container printed last; "" when Docker does not say."""
        try:
            log = await self.docker("logs", self.object_name, tail=10)
        except engine.SILENT:
            return ""
        return bytes(log).decode(errors="replace")

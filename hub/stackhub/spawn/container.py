"""DockerSpawner's calls about one container, made safe against errors and timeouts of Docker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from docker.errors import APIError, NotFound
from dockerspawner import DockerSpawner

from stackhub import engine
from stackhub.spawn import disk

INSPECT_TIMEOUT = 10
"""Seconds to wait for Docker's answer about a container."""

STOP_RETRY_PAUSE = 5
"""Seconds between two attempts to stop a container, if Docker fails or does not answer."""

STOP_SECONDS = 600
"""After these, no attempt follows. What is then left of the container, the hub finds as an orphan."""


class ContainerSpawner(DockerSpawner):
    """DockerSpawner, but a server is dead only when Docker says so, and gone only when its container is."""

    # DockerSpawner has one thread, so a slow stop would delay other users' starts.
    _executor = ThreadPoolExecutor(8, thread_name_prefix="docker")  # type: ignore[assignment]

    def save_state(self) -> None:
        """Save the state before the start has ended, so that a hub that is killed finds the server and its reservation."""
        self.orm_spawner.state = self.get_state()
        self.user.db.commit()

    async def get_url(self) -> str:
        """The server's URL, for a hub that was killed before it saved it."""
        return f"http://{self.internal_hostname}:{self.port}{self.server.base_url}"

    async def get_object(self) -> Any:
        """Docker's description of the container; None if it doesn't exist. Raises one of DOCKER_ERRORS if Docker fails.

        DockerSpawner takes status 500 as "doesn't exist", which a Swarm also answers about a node.
        """
        try:
            container = await asyncio.wait_for(self.docker("inspect_container", self.object_name), INSPECT_TIMEOUT)
        except NotFound:
            self.object_id = ""
            return None
        self.object_id = container["Id"]
        return container

    async def poll(self) -> Any:
        """None while the container runs, else its exit state. While Docker does not answer, the last known state holds.

        During a stop, a container that has ended still counts as running. Otherwise JupyterHub would not call stop(), which
        removes it.
        """
        try:
            status = await super().poll()
        except engine.DOCKER_ERRORS as error:
            self.log.warning("Docker does not answer about %s: %s", self._log_name, error or type(error).__name__)
            return None if self.object_id else 0
        if status is not None and self._stop_pending and self.object_id:
            self.log.warning("%s had already ended: %s\n%s", self._log_name, status, await self.last_log_lines())
            return None
        return status

    async def poll_and_notify(self) -> Any:
        """Poll, unless the disk is full: JupyterHub could not save that the server has ended, and would stop polling."""
        return None if disk.is_full() else await super().poll_and_notify()

    async def stop(self, now: bool = False) -> None:
        """Stop and remove the container, retrying until Docker has done it. The reservation is kept until then.

        Raises TimeoutError after ten minutes.
        """
        deadline = time.monotonic() + STOP_SECONDS
        while self.object_id:
            reason: object = "it is still there"
            try:
                await super().stop(now)
            except engine.DOCKER_ERRORS as error:
                reason = error
            if self.object_id:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"Could not stop {self._log_name}: {reason}")
                self.log.warning("Could not stop %s, trying again: %s", self._log_name, reason)
                await asyncio.sleep(STOP_RETRY_PAUSE)

    async def remove_object(self) -> None:
        """Remove the container, running or not, and wait until its name is free. Raises one of DOCKER_ERRORS."""
        try:
            await self.docker("remove_container", self.object_id, v=True, force=True)
        except NotFound:
            return
        except APIError as error:
            if error.status_code != 409:  # already being removed
                raise
            with contextlib.suppress(NotFound):
                await self.docker("wait", self.object_id, condition="removed", timeout=INSPECT_TIMEOUT)

    async def last_log_lines(self) -> str:
        """The container's last ten log lines; "" if Docker fails."""
        try:
            log = await self.docker("logs", self.object_name, tail=10)
        except engine.DOCKER_ERRORS:
            return ""
        return bytes(log).decode(errors="replace")

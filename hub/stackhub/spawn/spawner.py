"""The spawner: one container per notebook server, with the user's files on a volume."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any

from docker.errors import APIError, ImageNotFound
from docker.types import DeviceRequest, Mount
from jupyterhub.orm import APIToken
from jupyterhub.utils import utcnow
from traitlets import Bool, Dict, Instance, Integer, Unicode, default

from contract import names as docker_names
from contract import users as user_ids
from contract.container import CA_BUNDLE, WORK
from stackhub import engine
from stackhub.names import opaque, owner, slug
from stackhub.spawn import choice, container_limits, shared_folders
from stackhub.spawn.capacity import Reservation
from stackhub.spawn.container import ContainerSpawner
from stackhub.spawn.errors import StartFailedError
from stackhub.spawn.steps import Steps, event

KILLED = "137"
"""The exit code after SIGKILL, which the kernel sends when a container runs out of memory."""

MARGIN = 10
"""Seconds that JupyterHub waits longer than we do: its timeout gives no reason."""


class StackSpawner(ContainerSpawner):
    """ContainerSpawner with unique names, reservations, and a start that ends as soon as the server responds."""

    ca_bundle = Unicode(CA_BUNDLE, config=True, help="Path on the host of the CA bundle that notebooks trust.")

    servers_memory = Integer(config=True, help="Bytes that all notebook servers together may use.")

    shared_folders = Unicode(config=True, help="STACK_SHARED_FOLDERS: the folders that every server mounts.")

    read_only = Bool(help="Whether the root file system is read-only, except for the user's files, home and /tmp.")

    reservation = Instance(Reservation, allow_none=True, help="Memory and GPUs of this server, from start to end.")

    origin = Unicode(help="Scheme and host of the server's URL; empty for the hub's own.")

    token_id = Unicode(help="JupyterHub's number of this server's API token.")

    steps = Instance(Steps, (), help="The steps of the current or last start.")

    git_environment = Dict(help="Git's settings in this server; set by the authenticator before each start.")

    @default("object_name")
    def _object_name_default(self) -> str:
        # neither user names nor server names contain "/"
        return f"{self.prefix}-{opaque(f'{self.user.name}/{self.name}', self.user.settings['cookie_secret'])}"

    @property
    def stack(self) -> str:
        """The stack's name."""
        return str(self.prefix.removesuffix("-user"))

    @property
    def owner(self) -> str:
        """The identity that owns the user's files."""
        return owner(self.user) or str(self.user.name)

    @property
    def host(self) -> str:
        """Scheme and host of the user's servers with STACK_SUBDOMAINS; "" otherwise."""
        return str(self.user.host) if self.user.settings.get("subdomain_host") else ""

    @property
    def work_volume(self) -> str:
        """The name of the volume with the user's files."""
        return f"{self.prefix}-{slug(self.owner)}"

    def clear_state(self) -> None:
        super().clear_state()
        self.reservation = None

    def get_state(self) -> dict[str, Any]:
        reservation = {"reservation": asdict(self.reservation)} if self.reservation else {}
        return {**super().get_state(), **reservation, "origin": self.origin, "token_id": self.token_id}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.origin = state.get("origin", "")
        self.token_id = state.get("token_id", "")
        if reservation := state.get("reservation"):
            self.reservation = Reservation(**reservation | {"gpus": tuple(reservation["gpus"])})

    async def _run_apply_user_options(self, user_options: dict[str, Any]) -> None:
        choice.apply(self, user_options)  # JupyterHub's own hook would log a traceback of every refusal

    async def check_allowed(self, image: str) -> str:  # noqa: ARG002
        """The image that `choice.apply` has set; what the user asked for is a catalogue name, not an image reference."""
        return str(self.image)

    def labels(self, user: str) -> dict[str, str]:
        """The labels by which stackctl finds containers and volumes. `user`: a container's user name, a volume's owner."""
        return {docker_names.STACK: self.stack, docker_names.USER: user}

    def get_env(self) -> dict[str, str]:
        return {**super().get_env(), **self.git_environment}

    async def create_object(self) -> Any:
        labels = self.labels(self.user.name) | docker_names.NO_SERVICE | {docker_names.SERVER: self.name}
        chosen = self.reservation
        if chosen:
            labels |= {docker_names.IMAGE: chosen.image, docker_names.SIZE: chosen.size}
        self.extra_create_kwargs = {"labels": labels, "user": f"{user_ids.NOTEBOOK}:{user_ids.NOTEBOOK}"}
        files = Mount(WORK, self.work_volume, type="volume", labels=self.labels(self.owner))
        # the host's certificates, a company CA included
        certificates = Mount(CA_BUNDLE, self.ca_bundle, type="bind", read_only=True)
        self.extra_host_config = self.extra_host_config | {
            "mounts": [files, certificates, *shared_folders.mounts(self.shared_folders, self.stack)],
            "group_add": [str(user_ids.USERS)],
            "device_requests": gpu_requests(chosen.gpus if chosen else ()),
            **container_limits.limits(self.mem_limit, read_only=self.read_only),
        }
        return await super().create_object()

    async def start_object(self) -> None:
        self.steps.reach("starting")
        await super().start_object()

    async def start(self) -> tuple[str, int]:
        """Start the container and wait until its port opens.

        JupyterHub's own wait doubles the pause after each try, which adds one to three seconds to a start of two seconds.
        Raises StartFailedError with the container's last log lines if it ends or does not respond in time.
        """
        self.steps.reach("creating")
        deadline = time.monotonic() + self.start_timeout - MARGIN
        self.object_id = ""  # may be set from an earlier attempt
        self.origin = self.host
        self.token_id = APIToken.find(self.user.db, self.api_token).api_id
        self.save_state()
        try:
            ip, port = await asyncio.wait_for(super().start(), self.start_timeout - MARGIN)
        except ImageNotFound:
            name = self.reservation.image if self.reservation else self.image
            raise StartFailedError("no-image-here", name=name) from None
        except APIError as error:
            raise StartFailedError("docker", reason=error.explanation or error) from error
        except engine.DOCKER_ERRORS as error:
            raise StartFailedError("no-docker") from error
        self.steps.reach("waiting")
        await self._wait_until_ready(ip, port, deadline)
        self.steps.reach("opening")
        return ip, port

    async def _wait_until_ready(self, ip: str, port: int, deadline: float) -> None:
        last_check = time.monotonic()
        while not await _accepts_connections(ip, port):
            if time.monotonic() > deadline:
                seconds = self.start_timeout - MARGIN
                raise StartFailedError("silent", await self.last_log_lines(), port=port, seconds=seconds)
            if time.monotonic() - last_check > 1:
                last_check = time.monotonic()
                await self._check_running()
            await asyncio.sleep(0.05)

    async def _check_running(self) -> None:
        """Raises StartFailedError if the container has ended or is gone."""
        if (state := await self.poll()) is None:
            return
        if not (code := re.search(r"ExitCode=(\d+)", str(state))):  # DockerSpawner's format
            raise StartFailedError("removed")
        kind = "killed" if code[1] == KILLED else "ended"
        raise StartFailedError(kind, await self.last_log_lines(), code=code[1])

    async def poll(self) -> Any:
        """Poll the container. Stop a server that was started for an old base URL or host: the new one doesn't reach it."""
        moved = self.server and not self.server.base_url.startswith(self.user.base_url)
        if (moved or self.origin != self.host) and self.container_id:
            self.log.warning("%s was started for an old address, stopping it.", self._log_name)
            await self.stop()
        return await super().poll()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield an event for each step as the start reaches it."""
        async for step in self.steps.follow():
            yield event(step)

    @property
    def seconds_elapsed(self) -> int:
        """Seconds since the start began."""
        started = self.orm_spawner.started
        return round((utcnow(with_tz=False) - started).total_seconds()) if started else 0


def gpu_requests(ids: Sequence[str]) -> list[DeviceRequest]:
    """The device requests that give a container exactly the GPUs `ids`."""
    return [DeviceRequest(driver="nvidia", device_ids=list(ids), capabilities=[["gpu"]])] if ids else []


async def _accepts_connections(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=1)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True

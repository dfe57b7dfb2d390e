"""One container per notebook server, its files on the user's own volume."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any

from docker.errors import APIError, ImageNotFound
from docker.types import DeviceRequest, Mount
from jupyterhub.utils import utcnow
from traitlets import Bool, Dict, Instance, Integer, Unicode, default
from traitlets.config import Config

from . import box, choice, engine, shared
from .capacity import Held, memory_limit
from .container import ContainerSpawner
from .names import owner, slug
from .settings import CA_BUNDLE, Settings
from .start_errors import StartFailedError
from .steps import Steps, event

WORK = "/home/jovyan/work"
LABEL = "stackhub"
MARGIN = 10
"""Seconds after our own limit at which JupyterHub's comes, which names no reason."""


class StackSpawner(ContainerSpawner):
    """ContainerSpawner, with names that never collide and a start that ends as soon as the server answers."""

    ca_bundle = Unicode(CA_BUNDLE, config=True, help="The server's file of certificates that notebooks trust.")

    servers_memory = Integer(config=True, help="Bytes that all notebook servers together may have.")

    shared_folders = Unicode(config=True, help="The folders that everybody has: STACK_SHARED_FOLDERS.")

    read_only = Bool(help="Whether nothing can be written in the container but people's files, /tmp and their home.")

    held = Instance(Held, allow_none=True, help="What this server holds of the machine from its start to its end.")

    origin = Unicode(help="Where browsers find the server; empty for the hub's own host.")

    steps = Instance(Steps, (), help="The steps of the start that is going on, or was the last.")

    git_environment = Dict(help="What Git in this server must know; the authenticator sets it before each start.")

    @default("object_name")
    def _object_name_default(self) -> str:
        # "/" is in no user name and no server name
        server = f"{self.user.name}/{self.name}" if self.name else self.user.name
        return f"{self.prefix}-{slug(server)}"

    @property
    def stack(self) -> str:
        """The stack's name."""
        return str(self.prefix.removesuffix("-user"))

    @property
    def owner(self) -> str:
        """Whom the files belong to."""
        return owner(self.user) or str(self.user.name)

    @property
    def host(self) -> str:
        """The host of the person's own where browsers find their servers; "" where that is the hub's."""
        return str(self.user.host) if self.user.settings.get("subdomain_host") else ""

    @property
    def work_volume(self) -> str:
        """The name of the volume that holds the user's files."""
        return f"{self.prefix}-{slug(self.owner)}"

    def clear_state(self) -> None:
        super().clear_state()
        self.held = None

    def get_state(self) -> dict[str, Any]:
        held = {"held": asdict(self.held)} if self.held else {}
        return {**super().get_state(), **held, "origin": self.origin}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.origin = state.get("origin", "")
        if held := state.get("held"):
            self.held = Held(**held | {"gpus": tuple(held["gpus"])})

    async def _run_apply_user_options(self, user_options: dict[str, Any]) -> None:
        choice.apply(self, user_options)  # not by JupyterHub's hook, which logs a traceback of every refusal

    async def check_allowed(self, image: str) -> str:  # noqa: ARG002
        """The image that `choice.apply` has set: what people name is no reference."""
        return str(self.image)

    def labels(self, whose: str) -> dict[str, str]:
        """What stackctl finds the containers of this stack and user by, and the volumes of this stack and owner."""
        return {f"{LABEL}.stack": self.stack, f"{LABEL}.user": whose}

    def get_env(self) -> dict[str, str]:
        return {**super().get_env(), **self.git_environment}

    async def create_object(self) -> Any:
        # The image has Compose's labels, for Compose built it; with them, `docker compose down` would take the container
        # for a service's.
        unlabel = {"com.docker.compose.project": "", "com.docker.compose.service": ""}
        chosen = {f"{LABEL}.image": self.held.image, f"{LABEL}.size": self.held.size} if self.held else {}
        named = {f"{LABEL}.server": self.name}
        self.extra_create_kwargs = {"labels": self.labels(self.user.name) | unlabel | named | chosen}
        files = Mount(WORK, self.work_volume, type="volume", labels=self.labels(self.owner))
        # what this server trusts, a company's own CA included
        certificates = Mount(CA_BUNDLE, self.ca_bundle, type="bind", read_only=True)
        self.extra_host_config = self.extra_host_config | {
            "mounts": [files, certificates, *shared.mounts(self.shared_folders, self.stack)],
            "device_requests": gpu_requests(self.held.gpus if self.held else ()),
            **box.limits(self.mem_limit, read_only=self.read_only),
        }
        return await super().create_object()

    async def start_object(self) -> None:
        self.steps.reach("starting")
        await super().start_object()

    async def start(self) -> tuple[str, int]:
        """Start the container and wait until its port opens.

        JupyterHub's own wait doubles its pause at each try, which adds one to three seconds to a start of two. Raises
        StartFailedError with the container's last log lines when it ends, or does not answer in time.
        """
        self.steps.reach("making")
        deadline = time.monotonic() + self.start_timeout - MARGIN
        self.object_id = ""  # that of an earlier try
        self.origin = self.host
        self.save_state()
        try:
            ip, port = await asyncio.wait_for(super().start(), self.start_timeout - MARGIN)
        except ImageNotFound:
            raise StartFailedError("no-image-here", name=self.held.image if self.held else self.image) from None
        except APIError as error:
            raise StartFailedError("docker", reason=error.explanation or error) from error
        except engine.SILENT as error:
            raise StartFailedError("no-docker") from error
        self.steps.reach("waiting")
        await self._until_it_answers(ip, port, deadline)
        self.steps.reach("opening")
        return ip, port

    async def _until_it_answers(self, ip: str, port: int, deadline: float) -> None:
        last_look = time.monotonic()
        while not await _answers(ip, port):
            if time.monotonic() > deadline:
                seconds = self.start_timeout - MARGIN
                raise StartFailedError("silent", await self.last_log_lines(), port=port, seconds=seconds)
            if time.monotonic() - last_look > 1:
                last_look = time.monotonic()
                if (state := await self.poll()) is not None:
                    if not (code := re.search(r"ExitCode=(\d+)", str(state))):  # as DockerSpawner puts it
                        raise StartFailedError("removed")
                    raise StartFailedError("ended", await self.last_log_lines(), code=code[1])
            await asyncio.sleep(0.05)

    async def poll(self) -> Any:
        """As DockerSpawner does. One that was started for another base URL or host answers there only, and ends."""
        moved = self.server and not self.server.base_url.startswith(self.user.base_url)
        if (moved or self.origin != self.host) and self.container_id:
            self.log.warning("%s was started for another address and is stopped.", self.object_name)
            await self.stop()
        return await super().poll()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """An event for each step that the start reaches, when it does."""
        async for step in self.steps.follow():
            yield event(step)

    @property
    def seconds_passed(self) -> int:
        """Since the start began."""
        began = self.orm_spawner.started
        return round((utcnow(with_tz=False) - began).total_seconds()) if began else 0


def gpu_requests(ids: Sequence[str]) -> list[DeviceRequest]:
    """What Docker is asked for, so that a container has the GPUs `ids` and no others; nothing for none."""
    return [DeviceRequest(driver="nvidia", device_ids=list(ids), capabilities=[["gpu"]])] if ids else []


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=1)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def configure(c: Config, settings: Settings) -> None:
    """Tell JupyterHub to spawn with StackSpawner, within the limits of `settings`."""
    c.JupyterHub.spawner_class = StackSpawner
    c.JupyterHub.allow_named_servers = settings.named_servers > 0
    c.JupyterHub.named_server_limit_per_user = settings.named_servers
    spawner = c.StackSpawner
    spawner.prefix = f"{settings.name}-user"
    spawner.network_name = f"{settings.name}-users"
    spawner.use_internal_hostname = True
    spawner.servers_memory = memory_limit(settings.servers_memory)
    spawner.options_form = choice.form
    spawner.options_from_form = choice.from_form
    spawner.ca_bundle = settings.ca_bundle
    spawner.shared_folders = settings.shared_folders
    spawner.allowed_images = []
    spawner.pull_policy = "skip"
    spawner.remove = True
    spawner.cmd = ["jupyterhub-singleuser"]
    spawner.args = ["--HubOAuth.cache_max_age=60"]  # seconds for which a server believes what the hub said of somebody
    spawner.default_url = "/lab"
    spawner.notebook_dir = WORK
    spawner.environment = {
        **settings.notebook_environment,
        "JUPYTERHUB_ACTIVITY_INTERVAL": str(settings.activity_interval),
        "STACK_BUSY_LIMIT": str(settings.busy_limit),
        "STACK_LANG": settings.lang,  # our images start JupyterLab in it
    }
    spawner.start_timeout = settings.start_timeout + MARGIN
    spawner.http_timeout = settings.start_timeout  # a hub that was killed may find a server at the beginning of its start
    spawner.extra_host_config = {
        "auto_remove": False,  # the log of one that ended must still be there to say why; the hub removes it after that
        "init": True,
        "pids_limit": settings.process_limit,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "log_config": {"type": "json-file", "config": {"max-size": "10m", "max-file": "3"}},
    }

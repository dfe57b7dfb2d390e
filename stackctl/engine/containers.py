"""Containers, through the Docker Engine's API: a part of Engine (client.py)."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import docker
import docker.errors
import docker.models.containers
import requests

from contract import names
from stackctl import limited
from stackctl.engine.errors import reported
from stackctl.errors import StackError

COMPOSE_NUMBER = "com.docker.compose.container-number"
COMPOSE_REPLACE = "com.docker.compose.replace"
REMOVE_SECONDS = 30


@dataclass(frozen=True)
class Container:
    """A container. `started`: in UTC, "" if it is not running; `addresses`, `macs`: by the network's name."""

    id: str
    name: str
    service: str
    state: str
    health: str
    image: str
    image_id: str
    started: str
    restarts: int
    """How often Docker has restarted it since a person or Compose last started it."""
    labels: dict[str, str]
    addresses: dict[str, str]
    macs: dict[str, str] = field(default_factory=dict)
    connected: bool = True
    """Whether all its networks exist. Without one, it cannot start, or cannot be reached."""
    user: str = ""
    """The user, or user:group, that it was created with; its image's where none was given."""


class EngineContainers:
    """The engine's calls about containers."""

    _client: docker.DockerClient

    def services(self, stack: str) -> list[Container]:
        """The containers of the stack's services, sorted by service, running or not."""
        # a container that a person starts from one of our images has its labels too, but no number
        labels = [f"{names.COMPOSE_PROJECT}={stack}", COMPOSE_NUMBER]
        return sorted((item for item in self._containers(labels) if not _unfinished(item)), key=lambda item: item.service)

    def unfinished_services(self, stack: str) -> list[str]:
        """The ids of new containers that never replaced the old ones: Compose was killed, or the power failed."""
        labels = [f"{names.COMPOSE_PROJECT}={stack}", COMPOSE_REPLACE]
        return [item.id for item in self._containers(labels) if _unfinished(item)]

    def servers(self, stack: str) -> list[Container]:
        """The containers of the stack's notebook servers, running or not."""
        return self._containers([f"{names.STACK}={stack}"])

    def _containers(self, labels: list[str]) -> list[Container]:
        containers = self._client.containers.list(all=True, filters={"label": labels}, ignore_removed=True)
        networks = {str(network.id) for network in self._client.networks.list()} if containers else set()
        return [_container(item.attrs, networks) for item in containers]

    def inspected(self, stack: str) -> list[tuple[str, dict[str, Any]]]:
        """For each of the stack's containers: its service, "" for a notebook server, and what `docker inspect` shows."""
        inspected = []
        for item in [*self.services(stack), *self.servers(stack)]:
            with contextlib.suppress(docker.errors.NotFound):  # it has just been removed
                inspected.append((item.service, dict(self._client.api.inspect_container(item.id))))
        return inspected

    def connect(self, network: str, container: str) -> None:
        """Connect a container to a network."""
        with reported(f"connect {container} to {network}"):
            self._client.networks.get(network).connect(container)

    def remove_containers(self, ids: list[str], grace: int = 10) -> None:
        """Stop and remove containers, all at once. `grace`: the seconds that they have to end by themselves."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda ident: self._remove(ident, grace=grace), ids))

    def _remove(self, container: str, *, grace: int | None = None, volumes: bool = False) -> None:
        """Remove a container, also one that the hub or Docker is removing just now, and wait until it is gone.

        `grace`: stop it first, with so many seconds to end by itself; `volumes`: remove its anonymous volumes too.
        """
        with contextlib.suppress(docker.errors.NotFound):
            item = self._client.containers.get(container)
            try:
                if grace is not None:
                    item.stop(timeout=grace)
                item.remove(force=True, v=volumes)
            except docker.errors.APIError as error:
                if error.status_code != 409:  # 409: its removal has begun
                    raise
            with contextlib.suppress(docker.errors.APIError, requests.RequestException):
                item.wait(condition="removed", timeout=REMOVE_SECONDS)

    def log(self, container: str, lines: int) -> str:
        """The last lines that a container printed, without colours; "" if it has just been replaced."""
        try:
            output = printed(self._client.containers.get(container), tail=lines)
        except docker.errors.APIError:
            return ""
        return re.sub(r"\x1b\[[0-9;]*m", "", output)

    def wait_for_line(self, container: str, start: str, seconds: float) -> str | None:
        """Wait for a line in a container's log that begins with `start`. Returns its rest; None after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                log = printed(self._client.containers.get(container))
            except docker.errors.APIError:
                return None
            for line in log.splitlines():
                if line.startswith(start):
                    return line.removeprefix(start)
            time.sleep(0.2)
        return None

    def execute(self, container: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in a running container: its exit code and output. Raises StackError if it cannot run."""
        try:
            code, output = run(self._client, container, command)
        except docker.errors.APIError as error:
            raise StackError(f"Docker could not run a command in that container: {error.explanation or error}") from error
        return code, output.decode(errors="replace")

    def memory(self, container: str) -> int:
        """The bytes of memory that a running container uses, without page cache that can be freed; 0 if it is stopped."""
        try:
            stats = self._client.api.stats(container, stream=False, one_shot=True).get("memory_stats", {})
        except docker.errors.APIError:
            return 0
        detail = stats.get("stats", {})
        return int(max(0, stats.get("usage", 0) - detail.get("total_inactive_file", detail.get("inactive_file", 0))))

    def publisher(self, port: int) -> str:
        """The name of the running container that publishes TCP `port` on this server, or ""."""
        for item in self._client.api.containers():
            if any(port == published.get("PublicPort") and published["Type"] == "tcp" for published in item["Ports"]):
                return str(item["Names"][0]).removeprefix("/")
        return ""

    def addresses(self) -> set[str]:
        """The IP addresses of all running containers."""
        attached = [item["NetworkSettings"]["Networks"].values() for item in self._client.api.containers()]
        return {str(network["IPAddress"]) for networks in attached for network in networks} - {""}


def printed(container: docker.models.containers.Container, **options: Any) -> str:
    """What a container has printed, the first MB of it. `options`: of the SDK, such as `tail`."""
    return limited.cut(container.logs(stream=True, follow=False, **options)).decode(errors="replace")


def run(client: docker.DockerClient, container: str, command: Sequence[str], user: str = "") -> tuple[int, bytes]:
    """The exit code and output of a command in a running container. Raises APIError, and StackError if it is too much."""
    ident = client.api.exec_create(container, list(command), user=user)["Id"]
    output = limited.joined(client.api.exec_start(ident, stream=True), limited.OUTPUT, f"The output of {command[0]}")
    return int(client.api.exec_inspect(ident)["ExitCode"]), output


def _container(attrs: dict[str, Any], existing: set[str]) -> Container:
    """From what `docker inspect` shows. `existing`: the ids of all networks."""
    state, config = attrs["State"], attrs["Config"]
    networks = attrs["NetworkSettings"]["Networks"]
    return Container(
        id=attrs["Id"],
        name=attrs["Name"].removeprefix("/"),
        service=config["Labels"].get(names.COMPOSE_SERVICE, ""),
        state=state["Status"],
        health=state.get("Health", {}).get("Status", ""),
        image=config["Image"],
        image_id=attrs["Image"],
        # without Docker's nine decimals: 2026-01-31T09:00:00Z
        started=f"{state['StartedAt'][:19]}Z" if state["Running"] else "",
        restarts=attrs["RestartCount"],
        labels=config["Labels"],
        addresses={name: item["IPAddress"] for name, item in networks.items()},
        macs={name: item["MacAddress"] for name, item in networks.items() if item["MacAddress"]},
        # a container that was never started has the network's name, but no id yet
        user=config["User"],
        connected=bool(networks) and all(item["NetworkID"] in existing | {""} for item in networks.values()),
    )


def _unfinished(container: Container) -> bool:
    """Compose creates a service's new container as 0123456789ab_NAME, and renames it to NAME when the old one is gone."""
    return COMPOSE_REPLACE in container.labels and bool(re.match(r"[0-9a-f]{12}_", container.name))

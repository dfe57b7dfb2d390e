"""The Docker Engine's API, for what the docker command does not give.

With its parts, the other engine_*.py, the only module that imports the docker SDK.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests

from stackctl.engine_files import EngineFiles
from stackctl.engine_images import EngineImages
from stackctl.engine_networks import EngineNetworks
from stackctl.engine_registry import EngineRegistry
from stackctl.engine_volumes import STACK, EngineVolumes
from stackctl.errors import CheckFailedError, NotRunningError, StackError
from stackctl.references import Reference

COMPOSE_PROJECT = "com.docker.compose.project"
COMPOSE_NUMBER = "com.docker.compose.container-number"
COMPOSE_SERVICE = "com.docker.compose.service"
COMPOSE_REPLACE = "com.docker.compose.replace"


@dataclass(frozen=True)
class Container:
    """A container as `status` shows it."""

    id: str
    name: str
    service: str
    state: str
    health: str
    image: str
    image_id: str
    started: str
    restarts: int
    """How often Docker has restarted it since it was last started by hand."""
    labels: dict[str, str]
    addresses: dict[str, str]
    """Its address on each network, by the network's name."""

    macs: dict[str, str] = field(default_factory=dict)
    """Its MAC address there."""

    connected: bool = True
    """Whether its networks are there: one that somebody removed keeps it from starting, or from being reached."""


class Engine(EngineFiles, EngineImages, EngineNetworks, EngineRegistry, EngineVolumes):
    """A connection to the Docker Engine.

    Raises NotRunningError when it does not answer, CheckFailedError when this user may not use it.
    """

    def __init__(self, timeout: int = 60) -> None:
        self._making = threading.Lock()
        try:
            self._client = docker.from_env(timeout=timeout)
            self.version: dict[str, Any] = self._client.version()
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise _unreachable(error) from error

    @property
    def api(self) -> docker.APIClient:
        """The API itself, for calls that the SDK has no method for. What may fail goes into `reported`."""
        return self._client.api

    @property
    def folder(self) -> Path:
        """Where the engine keeps its data, on its own machine."""
        return Path(self._client.info()["DockerRootDir"])

    @property
    def runtimes(self) -> list[str]:
        """The names of the container runtimes that the engine knows."""
        return sorted(self._client.info().get("Runtimes", {}))

    def services(self, stack: str) -> list[Container]:
        """The containers of the stack's services, by service, running or not."""
        # a container that somebody runs from an image of ours has the image's labels, and no number
        labels = [f"{COMPOSE_PROJECT}={stack}", COMPOSE_NUMBER]
        return sorted((item for item in self._containers(labels) if not _half_made(item)), key=lambda item: item.service)

    def half_made(self, stack: str) -> list[str]:
        """The ids of containers that were to replace a service's, and never did: Compose was killed, or the power failed."""
        labels = [f"{COMPOSE_PROJECT}={stack}", COMPOSE_REPLACE]
        return [item.id for item in self._containers(labels) if _half_made(item)]

    def servers(self, stack: str) -> list[Container]:
        """The containers of the stack's notebook servers, running or not."""
        return self._containers([f"{STACK}={stack}"])

    def _containers(self, labels: list[str]) -> list[Container]:
        found = self._client.containers.list(all=True, filters={"label": labels}, ignore_removed=True)
        networks = {str(network.id) for network in self._client.networks.list()} if found else set()
        return [_container(item.attrs, networks) for item in found]

    def inspected(self, stack: str) -> list[tuple[str, dict[str, Any]]]:
        """The service that each of the stack's containers is of, "" for a notebook server, and what the engine says."""
        found = []
        for item in [*self.services(stack), *self.servers(stack)]:
            with contextlib.suppress(docker.errors.NotFound):  # it has just been removed
                found.append((item.service, dict(self._client.api.inspect_container(item.id))))
        return found

    def connect(self, network: str, container: str) -> None:
        """Connect a container to a network."""
        with reported(f"connect {container} to {network}"):
            self._client.networks.get(network).connect(container)

    def remove_containers(self, ids: list[str], grace: int = 10) -> None:
        """Stop containers, all at once, with `grace` seconds to end by themselves, and remove them."""

        def remove(ident: str) -> None:
            try:
                container = self._client.containers.get(ident)
                container.stop(timeout=grace)
                container.remove(force=True)
            except docker.errors.NotFound:
                pass
            except docker.errors.APIError as error:
                if error.status_code != 409:  # 409: the hub is removing it just now
                    raise
                with contextlib.suppress(docker.errors.NotFound):
                    container.wait(condition="removed", timeout=30)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(remove, ids))

    def log(self, container: str, lines: int) -> str:
        """The last lines that a container printed."""
        try:
            said = bytes(self._client.containers.get(container).logs(tail=lines)).decode(errors="replace")
            return re.sub(r"\x1b\[[0-9;]*m", "", said)  # the proxy's has colours
        except docker.errors.APIError:
            return ""  # it has just been replaced

    def memory(self, container: str) -> int:
        """The bytes that a running container uses, page cache that can be dropped left out; 0 when it is not running."""
        try:
            stats = self._client.api.stats(container, stream=False, one_shot=True).get("memory_stats", {})
        except docker.errors.APIError:
            return 0
        detail = stats.get("stats", {})
        return int(max(0, stats.get("usage", 0) - detail.get("total_inactive_file", detail.get("inactive_file", 0))))

    def publisher(self, port: int) -> str:
        """The name of the running container that publishes TCP `port` on this machine, or ""."""
        for item in self._client.api.containers():
            if any(port == published.get("PublicPort") and published["Type"] == "tcp" for published in item["Ports"]):
                return str(item["Names"][0]).removeprefix("/")
        return ""

    def tag(self, image: str, reference: str) -> None:
        """Have `reference` stand for an image that is here."""
        wanted = Reference.parse(reference)
        with reported(f"name an image {reference}"):
            self._client.api.tag(image, wanted.name, wanted.tag or "latest")


@contextlib.contextmanager
def reported(doing: str) -> Iterator[None]:
    """Make what the engine refuses or leaves unanswered a StackError: Docker does not `doing`."""
    try:
        yield
    except docker.errors.APIError as error:
        raise StackError(f"Docker does not {doing}: {error.explanation or error}") from error
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise StackError(f"Docker does not {doing}: {error}") from error


def _container(attrs: dict[str, Any], known: set[str]) -> Container:
    state, config = attrs["State"], attrs["Config"]
    networks = attrs["NetworkSettings"]["Networks"]
    return Container(
        id=attrs["Id"],
        name=attrs["Name"].removeprefix("/"),
        service=config["Labels"].get(COMPOSE_SERVICE, ""),
        state=state["Status"],
        health=state.get("Health", {}).get("Status", ""),
        image=config["Image"],
        image_id=attrs["Image"],
        started=_seconds(state["StartedAt"]) if state["Running"] else "",
        restarts=attrs["RestartCount"],
        labels=config["Labels"],
        addresses={name: item["IPAddress"] for name, item in networks.items()},
        macs={name: item["MacAddress"] for name, item in networks.items() if item["MacAddress"]},
        # one that was never started has a network's name, and no id yet
        connected=bool(networks) and all(item["NetworkID"] in known | {""} for item in networks.values()),
    )


def _half_made(container: Container) -> bool:
    """Compose makes the new one of a service as 0123456789ab_NAME, and calls it NAME when the former one is gone."""
    return COMPOSE_REPLACE in container.labels and bool(re.match(r"[0-9a-f]{12}_", container.name))


def _seconds(stamp: str) -> str:
    """Docker's time stamp, with its nine decimals cut off: 2026-01-31T09:00:00Z."""
    return f"{stamp[:19]}Z"


def _unreachable(error: Exception) -> StackError:
    if "Permission denied" in str(error):
        return CheckFailedError(
            "You may not use Docker: its socket is open to root and the group docker.",
            "Use sudo, or: sudo usermod -aG docker $USER, and sign in again.",
        )
    return NotRunningError("Docker does not answer on this machine.", "Start it with everything else: sudo bin/stackctl up")

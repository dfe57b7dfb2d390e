"""The Docker Engine's API, for what the docker command does not give.

With its parts, engine_images.py, engine_networks.py and engine_throwaway.py, the only module that imports the docker SDK.
"""

from __future__ import annotations

import contextlib
import io
import re
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import docker
import docker.errors
import requests
import urllib3

from stackctl.engine_images import EngineImages
from stackctl.engine_networks import EngineNetworks
from stackctl.engine_throwaway import EngineThrowaway
from stackctl.errors import CheckFailedError, NotRunningError, SilenceError, StackError
from stackctl.references import Reference

LABEL = "stackhub"
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

    connected: bool = True
    """Whether its networks are there: one that somebody removed keeps it from starting, or from being reached."""


class Engine(EngineImages, EngineNetworks, EngineThrowaway):
    """A connection to the Docker Engine.

    Raises NotRunningError when it does not answer, CheckFailedError when this user may not use it.
    """

    def __init__(self, timeout: int = 60) -> None:
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
        return self._containers([f"{LABEL}.stack={stack}"])

    def _containers(self, labels: list[str]) -> list[Container]:
        found = self._client.containers.list(all=True, filters={"label": labels}, ignore_removed=True)
        networks = {str(network.id) for network in self._client.networks.list()} if found else set()
        return [_container(item.attrs, networks) for item in found]

    def connect(self, network: str, container: str) -> None:
        """Connect a container to a network."""
        with reported(f"connect {container} to {network}"):
            self._client.networks.get(network).connect(container)

    def volumes(self, stack: str, user: str | None = None) -> list[str]:
        """The names of the volumes with notebook users' files, or with one user's."""
        labels = [f"{LABEL}.stack={stack}"] + ([f"{LABEL}.user={user}"] if user is not None else [])
        return sorted(str(item.name) for item in self._client.volumes.list(filters={"label": labels}))

    def remove_volumes(self, names: list[str]) -> None:
        """Delete volumes with all that is in them."""
        try:
            for name in names:
                self._client.volumes.get(name).remove()
        except docker.errors.APIError as error:
            raise StackError(f"Docker does not delete the volume {name}: {error.explanation}", "Run this again.") from error

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

    def read_file(self, container: str, path: str, user: str) -> str:
        """The text of a file in a running container, read as `user`."""
        try:
            ran = self._client.containers.get(container).exec_run(["cat", path], user=user)
        except docker.errors.APIError as error:
            raise NotRunningError(f"{container} does not answer: {error.explanation}") from error
        text = cast(bytes, ran.output).decode(errors="replace").strip()
        if ran.exit_code != 0:
            raise NotRunningError(f"{Path(path).name} is not there yet: the hub is starting.", "Try again in a few seconds.")
        return text

    def read_archive(self, container: str, path: str) -> str:
        """The text of a file in a container, running or not, or in its volume; "" when there is no such file."""
        try:
            chunks, _ = self._client.containers.get(container).get_archive(path)
        except docker.errors.NotFound:
            return ""
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            file = tar.extractfile(tar.next() or "")
            return file.read().decode() if file else ""

    def write_file(self, container: str, path: str, text: str, owner: int) -> None:
        """Write a file that `owner` (a user's number) alone may read into a container, running or not, or its volume."""
        entry = tarfile.TarInfo(Path(path).name)
        content = text.encode()
        entry.size, entry.mode, entry.uid, entry.gid, entry.mtime = len(content), 0o600, owner, owner, int(time.time())
        with io.BytesIO() as archive:
            with tarfile.open(fileobj=archive, mode="w") as tar:
                tar.addfile(entry, io.BytesIO(content))
            self._client.containers.get(container).put_archive(str(Path(path).parent), archive.getvalue())

    def replace_file(self, container: str, path: str, text: str, owner: int) -> None:
        """As `write_file`; in a running container in one step, so that whoever reads finds the one text or the other."""
        new = f"{path}.new"
        self.write_file(container, new, text, owner)
        try:
            moved = self._client.containers.get(container).exec_run(["mv", new, path], user=str(owner)).exit_code == 0
        except docker.errors.APIError:  # it does not run, so that nothing reads
            moved = False
        if not moved:
            self.write_file(container, path, text, owner)

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

    def run(self, image: str, command: list[str]) -> str:
        """What a command prints in a throw-away container. Raises StackError with the engine's words when it fails."""
        try:
            return bytes(self._client.containers.run(image, command, remove=True, network_mode="none")).decode()
        except (docker.errors.ContainerError, docker.errors.APIError) as error:
            raise StackError(f"Docker is there, but does not run a container: {error}", "See: docker info") from error

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

    def digests(self, reference: str) -> list[str] | None:
        """The digests that an image was pulled by, none for one that was built or loaded; None when it is not here."""
        try:
            attrs = self._client.images.get(reference).attrs
        except docker.errors.ImageNotFound:
            return None
        return [entry.partition("@")[2] for entry in attrs.get("RepoDigests") or []]

    def served(self, reference: str, silence: float) -> tuple[str, str]:
        """The digest of what a registry serves as `reference` now, and its media type. Raises StackError as `pull` does."""
        with _registry_asked(silence) as client:
            found = client.images.get_registry_data(reference).attrs["Descriptor"]
            return str(found["digest"]), str(found["mediaType"])

    def search(self, word: str, silence: float) -> list[dict[str, Any]]:
        """What Docker Hub finds for a word. Raises StackError as `pull` does."""
        with _registry_asked(silence) as client:
            return list(client.api.search(word))

    def pull(self, reference: str, silence: float) -> Iterator[dict[str, Any]]:
        """The events of a pull, each with `status` and `id`.

        Raises StackError when a registry refuses, cannot be reached, or says nothing for `silence` seconds.
        """
        with _registry_asked(silence) as client:
            for event in client.api.pull(reference, stream=True, decode=True):
                if "error" in event or "errorDetail" in event:
                    detail = event.get("errorDetail") or {}
                    raise StackError(str(event.get("error") or detail.get("message") or "the engine does not say why"))
                yield event


@contextlib.contextmanager
def _registry_asked(silence: float) -> Iterator[docker.DockerClient]:
    """A connection of its own to the engine, for what it asks a registry. Raises StackError with its words."""
    try:
        with contextlib.closing(docker.from_env(timeout=int(silence))) as client:
            send = client.api.send
            # the SDK's pull waits for ever, whatever the client's timeout
            client.api.send = lambda request, **given: send(request, **given | {"timeout": silence})  # type: ignore[method-assign]
            yield client
    except docker.errors.APIError as error:
        raise StackError(str(error.explanation or error)) from error
    except docker.errors.DockerException as error:  # where `docker login` keeps its passwords, for one
        raise StackError(str(error)) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise SilenceError(f"no word from the registry for {silence:.0f} seconds") from error
    except (requests.ConnectionError, urllib3.exceptions.HTTPError, OSError) as error:
        if "timed out" in str(error):  # so does requests name what ends a stream in the middle
            raise SilenceError(f"no word from the registry for {silence:.0f} seconds") from error
        raise StackError(f"Docker has broken off: {error}") from error


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

"""Temporary containers, through the Docker Engine's API: a part of Engine (client.py). Nothing of them is left."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import docker.errors
import requests
from docker.types import Mount, Ulimit

from contract import names
from stackctl import limited
from stackctl.engine.containers import EngineContainers, printed
from stackctl.engine.errors import reported
from stackctl.errors import DISK_FULL, StackError, disk_full
from stackctl.ui import signals

LABEL = "stackhub.temporary"
"""The label of a temporary container, with the stack's name or ""; and of its volume, with the process's id."""

PREFIX = "stackctl-temporary-"
"""What a temporary container's name begins with, before the id of the process that created it."""

RUN, HINT = "run a temporary container", "See: docker info"
SWEEP_SECONDS = 10
"""How long `sweep` waits for a container that is being created."""


@dataclass(frozen=True)
class ProbeResult:
    """How a probe in an image ended: its exit code, None if it had to be stopped, and the end of its output."""

    code: int | None
    output: str
    refused: str = ""
    """Why the engine did not start it."""


@dataclass(frozen=True)
class TemporaryContainer:
    """A running temporary container: its id, and its IP address."""

    id: str
    address: str


class EngineTemporary(EngineContainers):
    """The engine's calls about temporary containers."""

    _creating: threading.Lock
    """Held while a container is created. `sweep` keeps it: then this process creates no more of them."""

    @contextlib.contextmanager
    def _temporary(self, image: str, command: Sequence[str], stack: str, **options: Any) -> Iterator[Any]:
        """Create a container without rights, to be started; it is removed in the end. Ctrl-C waits until it is created."""
        name = f"{PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            with signals.deferred(), self._creating:
                container = self._client.containers.create(
                    image,
                    list(command),
                    name=name,
                    labels=names.NO_SERVICE | {LABEL: stack},
                    cap_drop=["ALL"],
                    security_opt=["no-new-privileges"],
                    **options,
                )
            yield container
        finally:
            with signals.held_off():
                self._remove(name, volumes=True)

    def once(self, image: str, command: Sequence[str], *, stack: str, **options: Any) -> str:
        """The output of a command in a temporary container without network.

        Raises StackError with what the command or the engine says if it fails.
        """
        with reported(RUN, HINT), self._temporary(image, command, stack, network_mode="none", **options) as container:
            container.start()
            failed = container.wait()["StatusCode"] != 0
            chunks = container.logs(stdout=not failed, stderr=failed, stream=True, follow=False)
            output = limited.joined(chunks, limited.OUTPUT, "What a temporary container printed").decode(errors="replace")
        if failed:
            raise StackError(f"Docker could not {RUN}: {output.strip()}", HINT)
        return output

    @contextlib.contextmanager
    def temporary_container(
        self,
        image: str,
        command: Sequence[str],
        *,
        stack: str,
        network: str,
        environment: Mapping[str, str],
        binds: Mapping[str, str],
    ) -> Iterator[TemporaryContainer]:
        """A running container with the limits of a small notebook server.

        `binds`: files of this server that it can read, and their paths in it. The command must end by itself: that also
        removes the container if this process is killed. Raises StackError if the engine refuses.
        """
        options: dict[str, Any] = {
            "network": network,
            "environment": dict(environment),
            "mounts": [Mount(target, source, type="bind", read_only=True) for source, target in binds.items()],
            "init": True,
            "auto_remove": True,
            "mem_limit": 2**29,
            "pids_limit": 200,
        }
        with reported(RUN, HINT), self._temporary(image, command, stack, **options) as container:
            container.start()
            container.reload()
            address = container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]
            yield TemporaryContainer(str(container.id), address)

    def run_probe(
        self,
        image: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: str,
        memory: int,
        processes: int,
        seconds: float,
        files: int = 1024,
        tmpfs: Mapping[str, str] = MappingProxyType({}),
        read_only: bool = False,
        user: str = "",
        groups: Sequence[int] = (),
    ) -> ProbeResult:
        """Run a command in a temporary container without network, with a new volume at `folder`.

        `user`, `groups`: replace the image's own user. `memory`: bytes; `files`: how many a process may
        have open; `tmpfs`: options of file systems in memory, by path; `read_only`: for the rest of the file system. Raises
        StackError if the disk is full: that is not the image's fault.
        """
        options: dict[str, Any] = {
            "environment": dict(environment),
            "mounts": [Mount(folder, None, type="volume", labels={LABEL: str(os.getpid())})],
            "network_mode": "none",
            "init": True,
            "mem_limit": memory,
            "memswap_limit": memory,
            "pids_limit": processes,
            "ulimits": [Ulimit(name="nofile", soft=files, hard=files), Ulimit(name="core", soft=0, hard=0)],
            "tmpfs": dict(tmpfs),
            "read_only": read_only,
            "user": user,
            "group_add": [str(group) for group in groups],
        }
        try:
            with self._temporary(image, command, "", **options) as container:
                container.start()
                code = _exit_code(container, seconds)
                result = ProbeResult(code, printed(container, tail=40))
        except docker.errors.APIError as error:
            result = ProbeResult(None, "", str(error.explanation or error))
        if DISK_FULL in f"{result.output} {result.refused}".lower():
            raise disk_full(": an image could not be tried")
        return result

    def sweep(self, stack: str) -> None:
        """Remove temporary containers of this process's threads, and of processes that were killed.

        This process creates no more of them.
        """
        self._creating.acquire(timeout=SWEEP_SECONDS)
        for item in self._client.api.containers(all=True, filters={"label": LABEL}):
            name = str(item["Names"][0]).removeprefix("/")
            process = name.removeprefix(PREFIX).partition("-")[0]
            abandoned = process == str(os.getpid()) or not Path("/proc", process).exists()
            if abandoned and item["Labels"][LABEL] in (stack, ""):
                self._remove(name, volumes=True)


def _exit_code(container: Any, seconds: float) -> int | None:
    try:
        return int(container.wait(timeout=seconds)["StatusCode"])
    except requests.RequestException:  # it still runs
        return None

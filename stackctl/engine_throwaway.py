"""Containers that are gone when they have been looked at: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import docker
import docker.errors
import requests
from docker.types import Mount, Ulimit

from stackctl import signals
from stackctl.errors import FULL, StackError, disk_full

COMPOSE = {"com.docker.compose.project": "", "com.docker.compose.service": ""}
"""Labels that a container gets from an image which Compose has built, and with which it would pass for a service's."""

TRIAL = "stackhub.trial"
"""The label of a throw-away container's volume, with the container's name."""

LABEL, PREFIX = "stackhub.doctor", "stackctl-doctor-"
"""The label of a throw-away container, with the stack's name; how its name begins, before the number of its process."""

REFUSED, HINT = "Docker does not run a throw-away container", "See: docker info"
SWEEP_SECONDS = 10
"""For which it is waited that one which is being made is there."""


@dataclass(frozen=True)
class Trial:
    """How a throw-away container ended: its exit code, None when it had to be ended; the end of what it printed."""

    code: int | None
    said: str
    refused: str = ""
    """Why the engine did not even start it."""


@dataclass(frozen=True)
class Throwaway:
    """A throw-away container that runs: its id, and its address on its network."""

    id: str
    address: str


class EngineThrowaway:
    """Calls to the engine about containers that are not kept."""

    _client: docker.DockerClient
    _making: threading.Lock
    """Held while one is made; for good when none is to be made any more."""

    def try_out(
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
    ) -> Trial:
        """Run a command in a throw-away container without network and rights, with a fresh volume at `folder`.

        `files`: how many a process may have open; `tmpfs`: the options of folders in memory; `read_only`: all others are.
        Afterwards neither container nor volume is left, whatever happens. Raises StackError when the disk is full, which
        says nothing of the image.
        """
        name = f"stackctl-trial-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            with signals.deferred():
                container = self._client.containers.create(
                    image,
                    list(command),
                    name=name,
                    environment=dict(environment),
                    labels=COMPOSE,
                    mounts=[Mount(folder, None, type="volume", labels={TRIAL: name})],
                    network_mode="none",
                    init=True,
                    cap_drop=["ALL"],
                    security_opt=["no-new-privileges"],
                    mem_limit=memory,
                    memswap_limit=memory,
                    pids_limit=processes,
                    ulimits=[Ulimit(name="nofile", soft=files, hard=files), Ulimit(name="core", soft=0, hard=0)],
                    tmpfs=dict(tmpfs),
                    read_only=read_only,
                )
            container.start()
            code = self._code(container, seconds)
            said = bytes(container.logs(tail=40)).decode(errors="replace")
            if FULL in said.lower():
                raise disk_full(": an image could not be tried")
            return Trial(code, said)
        except docker.errors.APIError as error:
            if FULL in str(error).lower():
                raise disk_full(": an image could not be tried") from error
            return Trial(None, "", str(error.explanation or error))
        finally:
            with signals.held_off(), contextlib.suppress(docker.errors.NotFound):
                self._client.containers.get(name).remove(force=True, v=True)

    def _code(self, container: Any, seconds: float) -> int | None:
        try:
            return int(container.wait(timeout=seconds)["StatusCode"])
        except requests.RequestException:  # the time is over
            return None

    @contextlib.contextmanager
    def throwaway(
        self,
        image: str,
        command: Sequence[str],
        *,
        stack: str,
        network: str,
        environment: Mapping[str, str],
        binds: Mapping[str, str],
    ) -> Iterator[Throwaway]:
        """A container with no rights, as a notebook's, that runs `command`; removed afterwards, whatever happens.

        `binds`: files of this machine that it may read, and where it finds them. The command must end by itself: when this
        process is killed, that ends the container. Raises StackError when the engine refuses.
        """
        with self._made(
            image,
            command,
            stack,
            network=network,
            environment=dict(environment),
            mounts=[Mount(there, here, type="bind", read_only=True) for here, there in binds.items()],
            init=True,
            auto_remove=True,
            mem_limit=2**29,
            pids_limit=200,
        ) as container:
            container.start()
            container.reload()
            address = container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]
            yield Throwaway(str(container.id), address)

    def once(self, image: str, command: Sequence[str], *, stack: str, **options: Any) -> str:
        """What a command prints in a throw-away container with no rights and no network, removed afterwards.

        Raises StackError with the command's or the engine's words when it fails.
        """
        with self._made(image, command, stack, network_mode="none", **options) as container:
            container.start()
            failed = container.wait()["StatusCode"] != 0
            said = bytes(container.logs(stdout=not failed, stderr=failed)).decode(errors="replace")
        if failed:
            raise StackError(f"{REFUSED}: {said.strip()}", HINT)
        return said

    @contextlib.contextmanager
    def _made(self, image: str, command: Sequence[str], stack: str, **options: Any) -> Iterator[Any]:
        """A container with no rights, to be started; removed afterwards. A Ctrl-C waits until it is there to be removed."""
        name = f"{PREFIX}{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            with signals.deferred(), self._making:
                container = self._client.containers.create(
                    image,
                    list(command),
                    name=name,
                    labels=COMPOSE | {LABEL: stack},
                    cap_drop=["ALL"],
                    security_opt=["no-new-privileges"],
                    **options,
                )
            yield container
        except docker.errors.APIError as error:
            raise StackError(f"{REFUSED}: {error.explanation or error}", HINT) from error
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise StackError(f"{REFUSED}: {error}", HINT) from error
        finally:
            with signals.held_off():
                self._remove(name)

    def sweep(self, stack: str) -> None:
        """Remove what is left of such containers by this process's threads, and by processes that were killed.

        This process makes no more of them.
        """
        self._making.acquire(timeout=SWEEP_SECONDS)
        for item in self._client.api.containers(all=True, filters={"label": f"{LABEL}={stack}"}):
            name = str(item["Names"][0]).removeprefix("/")
            pid = name.removeprefix(PREFIX).partition("-")[0]
            if pid == str(os.getpid()) or not Path("/proc", pid).exists():
                self._remove(name)

    def _remove(self, name: str) -> None:
        """Remove a container that may be removing itself."""
        with contextlib.suppress(docker.errors.NotFound):
            container = self._client.containers.get(name)
            try:
                container.remove(force=True, v=True)
            except docker.errors.APIError as error:
                if error.status_code != 409:  # 409: it is being removed
                    raise
            with contextlib.suppress(docker.errors.APIError, requests.RequestException):
                container.wait(condition="removed", timeout=20)

    def execute(self, container: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in a running container: its exit code, and what it printed. Raises StackError when it cannot run."""
        try:
            ran = self._client.containers.get(container).exec_run(list(command))
        except docker.errors.APIError as error:
            raise StackError(f"Docker runs nothing in that container: {error.explanation or error}") from error
        code, output = cast(tuple[int, bytes], (ran.exit_code, ran.output))
        return code, output.decode(errors="replace")

    def said(self, container: str, mark: str, seconds: float) -> str | None:
        """The rest of the first line that begins with `mark` in a container's log; None when none comes in `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                log = bytes(self._client.containers.get(container).logs()).decode(errors="replace")
            except docker.errors.APIError:
                return None
            for line in log.splitlines():
                if line.startswith(mark):
                    return line.removeprefix(mark)
            time.sleep(0.2)
        return None

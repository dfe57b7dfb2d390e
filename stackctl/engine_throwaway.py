"""Containers that are gone when they have been looked at: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import docker
import docker.errors
import requests
from docker.types import Mount

from stackctl import signals
from stackctl.checks.networks import PROJECT
from stackctl.engine_images import COMPOSE
from stackctl.errors import StackError

STACK, USER = "stackhub.stack", "stackhub.user"
"""What hub/stackhub/spawner.py labels containers and volumes with."""

LABEL = "stackhub.doctor"
"""The label of a throw-away container, with the stack's name."""


@dataclass(frozen=True)
class Throwaway:
    """A throw-away container that runs: its id, and its address on its network."""

    id: str
    address: str


class EngineThrowaway:
    """Calls to the engine about containers that are not kept."""

    _client: docker.DockerClient

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
        name = f"stackctl-doctor-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
            container = self._client.containers.create(
                image,
                list(command),
                name=name,
                labels=COMPOSE | {LABEL: stack},
                network=network,
                environment=dict(environment),
                mounts=[Mount(there, here, type="bind", read_only=True) for here, there in binds.items()],
                init=True,
                auto_remove=True,
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                mem_limit=2**29,
                pids_limit=200,
            )
            container.start()
            container.reload()
            address = container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]
            yield Throwaway(str(container.id), address)
        except docker.errors.APIError as error:
            raise StackError(f"Docker does not run a throw-away container: {error.explanation or error}") from error
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise StackError(f"Docker does not run a throw-away container: {error}") from error
        finally:
            with signals.held_off():
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

    def owners(self, image: str, volumes: Sequence[str]) -> dict[str, int]:
        """The number of the user to whom the top folder of each volume belongs.

        Seen from a throw-away container, which changes nothing in them: this process need not be root.
        """
        folders = {f"/volumes/{number}": name for number, name in enumerate(volumes)}
        mounts = [Mount(there, name, type="volume", read_only=True, no_copy=True) for there, name in folders.items()]
        try:
            said = self._client.containers.run(
                image,
                ["-c", "%u %n", *folders],
                entrypoint=["stat"],
                labels=COMPOSE,
                mounts=mounts,
                network_mode="none",
                cap_drop=["ALL"],
                remove=True,
            )
        except (docker.errors.ContainerError, docker.errors.APIError) as error:
            raise StackError(f"Docker does not run a throw-away container: {error}") from error
        lines = (line.split(" ", 1) for line in bytes(said).decode().splitlines())
        return {folders[there]: int(owner) for owner, there in lines}

    def user_volumes(self, stack: str) -> dict[str, str]:
        """The volumes with notebook users' files, and whose they are."""
        found = self._client.volumes.list(filters={"label": f"{STACK}={stack}"})
        return {str(item.name): str((item.attrs["Labels"] or {}).get(USER, "")) for item in found}

    def service_volumes(self, stack: str) -> list[str]:
        """The names of the services' own volumes."""
        return [str(item.name) for item in self._client.volumes.list(filters={"label": f"{PROJECT}={stack}"})]

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

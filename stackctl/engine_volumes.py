"""Volumes, through the Docker Engine's API: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import docker
import docker.errors
from docker.types import Mount

from stackctl.checks.networks import PROJECT
from stackctl.engine_throwaway import EngineThrowaway
from stackctl.errors import StackError

STACK, USER, SHARED = "stackhub.stack", "stackhub.user", "stackhub.shared"
"""What hub/stackhub/spawner.py and shared.py label containers and volumes with."""


class EngineVolumes(EngineThrowaway):
    """Calls to the engine about volumes."""

    _client: docker.DockerClient

    def volumes(self, stack: str, user: str | None = None) -> list[str]:
        """The names of the volumes with notebook users' files, or with one user's."""
        return sorted(name for name, whose in self.user_volumes(stack).items() if user in (None, whose))

    def user_volumes(self, stack: str) -> dict[str, str]:
        """The volumes with notebook users' files, and whose they are."""
        found = self._client.volumes.list(filters={"label": f"{STACK}={stack}"})
        return {str(item.name): str((item.attrs["Labels"] or {}).get(USER, "")) for item in found}

    def shared_volumes(self, stack: str) -> list[str]:
        """The names of the volumes that everybody has, or once had."""
        return sorted(str(item.name) for item in self._client.volumes.list(filters={"label": f"{SHARED}={stack}"}))

    def missing_volumes(self, names: Sequence[str]) -> list[str]:
        """Those of the named volumes that are not there."""
        there = {item.name for item in self._client.volumes.list()}
        return [name for name in names if name not in there]

    def make_shared(self, stack: str, image: str, volumes: Sequence[str], owner: int) -> None:
        """Make the volumes that everybody has, for `owner` to write in."""
        there = {f"/shared/{number}": name for number, name in enumerate(volumes)}
        mounts = [Mount(at, name, type="volume", no_copy=True, labels={SHARED: stack}) for at, name in there.items()]
        command = [f"{owner}:{owner}", *there]
        as_root: dict[str, Any] = {"user": "0", "cap_add": ["CHOWN"], "working_dir": "/"}  # the image's own is closed to it
        self.once(image, command, stack=stack, entrypoint=["chown"], mounts=mounts, **as_root)

    def service_volumes(self, stack: str) -> list[str]:
        """The names of the services' own volumes."""
        return [str(item.name) for item in self._client.volumes.list(filters={"label": f"{PROJECT}={stack}"})]

    def remove_volumes(self, names: list[str]) -> None:
        """Delete volumes with all that is in them. Raises StackError with the containers in the way, if there are any."""
        try:
            for name in names:
                self._client.volumes.get(name).remove()
        except docker.errors.APIError as error:
            holders = [item["Names"][0][1:] for item in self._client.api.containers(all=True, filters={"volume": name})]
            why = f"it is in use by {', '.join(holders)}." if holders else error.explanation
            hint = f"docker rm --force {' '.join(holders)}; then run this again." if holders else "Run this again."
            raise StackError(f"Docker does not delete the volume {name}: {why}", hint) from error

    def owners(self, stack: str, image: str, volumes: Sequence[str]) -> dict[str, int]:
        """The number of the user to whom the top folder of each volume belongs.

        Seen from a throw-away container, which changes nothing in them: this process need not be root.
        """
        folders = {f"/volumes/{number}": name for number, name in enumerate(volumes)}
        mounts = [Mount(there, name, type="volume", read_only=True, no_copy=True) for there, name in folders.items()]
        said = self.once(image, ["-c", "%u %n", *folders], stack=stack, entrypoint=["stat"], mounts=mounts)
        lines = (line.split(" ", 1) for line in said.splitlines())
        return {folders[there]: int(owner) for owner, there in lines}

"""Volumes, through the Docker Engine's API: a part of Engine (client.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import docker.errors
from docker.types import Mount

from contract.names import COMPOSE_PROJECT, SHARED, STACK, USER
from stackctl.engine.temporary import EngineTemporary
from stackctl.errors import StackError

TOP = "/volume"
CHANGE_OWNER = f"""
find {TOP} -mindepth 1 -xdev "(" -uid "$1" -o -gid "$1" ")" \
    -exec chown -h --from="$1" "$2" {{}} + -exec chown -h --from=":$1" ":$2" {{}} +
chown --from=":$1" ":$2" {TOP}
chown --from="$1" "$2" {TOP}
"""
"""Ends before the last two lines if one of the files could not be changed. -h: a link itself, not what it leads to."""


class EngineVolumes(EngineTemporary):
    """The engine's calls about volumes."""

    def volumes(self, stack: str, user: str | None = None) -> list[str]:
        """The names of the volumes with users' files, or of one user's."""
        return sorted(name for name, owner in self.user_volumes(stack).items() if user in (None, owner))

    def user_volumes(self, stack: str) -> dict[str, str]:
        """The user of each volume with a user's files, by the volume's name."""
        volumes = self._client.volumes.list(filters={"label": f"{STACK}={stack}"})
        return {str(item.name): str((item.attrs["Labels"] or {}).get(USER, "")) for item in volumes}

    def shared_volumes(self, stack: str) -> list[str]:
        """The names of the volumes that everybody shares, or once shared."""
        return sorted(str(item.name) for item in self._client.volumes.list(filters={"label": f"{SHARED}={stack}"}))

    def service_volumes(self, stack: str) -> list[str]:
        """The names of the services' own volumes."""
        return [str(item.name) for item in self._client.volumes.list(filters={"label": f"{COMPOSE_PROJECT}={stack}"})]

    def missing_volumes(self, names: Sequence[str]) -> list[str]:
        """Those of the named volumes that do not exist."""
        existing = {item.name for item in self._client.volumes.list()}
        return [name for name in names if name not in existing]

    def create_shared_volumes(self, stack: str, image: str, volumes: Sequence[str], owner: int) -> None:
        """Create volumes that everybody shares. `owner`: the id of the user who can write to them."""
        paths = {f"/shared/{number}": name for number, name in enumerate(volumes)}
        mounts = [Mount(path, name, type="volume", no_copy=True, labels={SHARED: stack}) for path, name in paths.items()]
        command = [f"{owner}:{owner}", *paths]
        # root without its rights may not enter the image's own working folder
        as_root: dict[str, Any] = {"user": "0", "cap_add": ["CHOWN"], "working_dir": "/"}
        self.once(image, command, stack=stack, entrypoint=["chown"], mounts=mounts, **as_root)

    def change_owner(self, stack: str, image: str, volume: str, former: int, owner: int) -> None:
        """Give what belongs to the user or group `former` in a volume to `owner`, its top folder last.

        Safe to interrupt and to repeat: the top folder's owner tells whether all of it was done.
        """
        mounts = [Mount(TOP, volume, type="volume", no_copy=True)]
        arguments = ["-ec", CHANGE_OWNER, "sh", str(former), str(owner)]
        as_root: dict[str, Any] = {"user": "0", "cap_add": ["CHOWN", "DAC_OVERRIDE"], "working_dir": "/"}
        self.once(image, arguments, stack=stack, entrypoint=["sh"], mounts=mounts, **as_root)

    def remove_volumes(self, names: list[str]) -> None:
        """Delete volumes with all files. Raises StackError if containers use one, and names them."""
        try:
            for name in names:
                self._client.volumes.get(name).remove()
        except docker.errors.APIError as error:
            users = [item["Names"][0][1:] for item in self._client.api.containers(all=True, filters={"volume": name})]
            reason = f"it is in use by {', '.join(users)}." if users else error.explanation
            hint = f"docker rm --force {' '.join(users)}; then run this again." if users else "Run this again."
            raise StackError(f"Docker could not delete the volume {name}: {reason}", hint) from error

    def owners(self, stack: str, image: str, volumes: Sequence[str]) -> dict[str, int]:
        """The user id of the owner of each volume's top folder, by the volume's name.

        A temporary container reads them, and changes nothing: this process need not be root.
        """
        paths = {f"/volumes/{number}": name for number, name in enumerate(volumes)}
        mounts = [Mount(path, name, type="volume", read_only=True, no_copy=True) for path, name in paths.items()]
        output = self.once(image, ["-c", "%u %n", *paths], stack=stack, entrypoint=["stat"], mounts=mounts)
        lines = (line.split(" ", 1) for line in output.splitlines())
        return {paths[path]: int(owner) for owner, path in lines}

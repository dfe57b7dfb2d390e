"""What the Docker Engine's API does with images: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests
from docker.types import Mount

from stackctl.errors import FULL, disk_full

COMPOSE = {"com.docker.compose.project": "", "com.docker.compose.service": ""}
"""Labels that a container gets from an image which Compose has built, and with which it would pass for a service's."""

TRIAL = "stackhub.trial"
"""The label of a throw-away container's volume, with the container's name."""


@dataclass(frozen=True)
class Trial:
    """How a throw-away container ended: its exit code, None when it had to be ended; the end of what it printed."""

    code: int | None
    said: str
    refused: str = ""
    """Why the engine did not even start it."""


class EngineImages:
    """Calls to the engine about images."""

    _client: docker.DockerClient

    def image_id(self, reference: str) -> str:
        """The id of an image that is here, or ""."""
        try:
            return str(self._client.images.get(reference).id)
        except docker.errors.ImageNotFound:
            return ""

    def image(self, reference: str) -> dict[str, Any]:
        """All that the engine says of an image that is here."""
        return dict(self._client.images.get(reference).attrs)

    def has_image(self, reference: str) -> bool:
        """Whether an image is here, without asking any registry."""
        return bool(self.image_id(reference))

    def import_image(self, tar: Path, reference: str) -> None:
        """Make an image out of a root file system."""
        repository, _, tag = reference.rpartition(":")
        self._client.api.import_image_from_file(str(tar), repository=repository, tag=tag, changes=['CMD ["bash"]'])
        self._client.images.get(reference)

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
    ) -> Trial:
        """Run a command in a throw-away container without network and rights, with a fresh volume at `folder`.

        Afterwards neither container nor volume is left, whatever happens. Raises StackError when the disk is full, which
        says nothing of the image.
        """
        name = f"stackctl-trial-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        try:
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
            with contextlib.suppress(docker.errors.NotFound):
                self._client.containers.get(name).remove(force=True, v=True)

    def _code(self, container: Any, seconds: float) -> int | None:
        try:
            return int(container.wait(timeout=seconds)["StatusCode"])
        except requests.RequestException:  # the time is over
            return None

    def builds(self, project: str) -> list[dict[str, Any]]:
        """What the engine says of each image that Compose has built for a project."""
        found = self._client.images.list(all=False, filters={"label": f"com.docker.compose.project={project}"})
        return [dict(image.attrs) for image in found]

    def images_in_use(self) -> set[str]:
        """The ids of the images of all containers on this server, running or not."""
        return {str(item["ImageID"]) for item in self._client.api.containers(all=True)}

    def remove_image(self, ident: str) -> bool:
        """Remove an image. False when somebody has begun to use it, or to call it by a name; it stays then."""
        try:
            self._client.images.remove(ident)
        except docker.errors.ImageNotFound:
            return True
        except docker.errors.APIError as error:
            if error.status_code == 409:
                return False
            raise
        return True

    def layers_size(self) -> int:
        """The bytes of all layers of images and of builds on this server."""
        return int(self._client.df()["LayersSize"] or 0)

"""Images, through the Docker Engine's API: a part of Engine (client.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker
import docker.errors
from docker.utils import parse_repository_tag

from contract.names import COMPOSE_PROJECT
from stackctl.engine.errors import reported


class EngineImages:
    """The engine's calls about images."""

    _client: docker.DockerClient

    def image_id(self, reference: str) -> str:
        """The id of an image on this server, or ""."""
        try:
            return str(self._client.images.get(reference).id)
        except docker.errors.ImageNotFound:
            return ""

    def image(self, reference: str) -> dict[str, Any]:
        """What `docker image inspect` shows for an image on this server."""
        return dict(self._client.images.get(reference).attrs)

    def has_image(self, reference: str) -> bool:
        """Whether an image is on this server. Asks no registry."""
        return bool(self.image_id(reference))

    def import_image(self, tar: Path, reference: str) -> None:
        """Create an image from a root file system."""
        repository, tag = parse_repository_tag(reference)
        self._client.api.import_image_from_file(str(tar), repository=repository, tag=tag, changes=['CMD ["bash"]'])
        self._client.images.get(reference)

    def tag(self, image: str, reference: str) -> None:
        """Name an image that is on this server. A digest in `reference` is left out."""
        repository, tag = parse_repository_tag(reference.partition("@")[0])
        with reported(f"name an image {reference}"):
            self._client.api.tag(image, repository, tag or "latest")

    def digests(self, reference: str) -> list[str] | None:
        """The digests that an image was pulled by, none for one that was built or loaded; None if it is not here."""
        try:
            attrs = self._client.images.get(reference).attrs
        except docker.errors.ImageNotFound:
            return None
        return [entry.partition("@")[2] for entry in attrs.get("RepoDigests") or []]

    def builds(self, project: str) -> list[dict[str, Any]]:
        """What `docker image inspect` shows for each image that Compose has built for a project."""
        images = self._client.images.list(all=False, filters={"label": f"{COMPOSE_PROJECT}={project}"})
        return [dict(image.attrs) for image in images]

    def images_in_use(self) -> set[str]:
        """The ids of the images of all containers on this server, running or not."""
        return {str(item["ImageID"]) for item in self._client.api.containers(all=True)}

    def remove_image(self, ident: str) -> bool:
        """Remove an image. False if a container uses it by now, or another name was given to it: then it stays."""
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

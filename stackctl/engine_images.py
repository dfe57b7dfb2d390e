"""What the Docker Engine's API does with images: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docker
import docker.errors


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

    def digests(self, reference: str) -> list[str] | None:
        """The digests that an image was pulled by, none for one that was built or loaded; None when it is not here."""
        try:
            attrs = self._client.images.get(reference).attrs
        except docker.errors.ImageNotFound:
            return None
        return [entry.partition("@")[2] for entry in attrs.get("RepoDigests") or []]

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

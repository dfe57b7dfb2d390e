"""Image references in their parts: registry, repository, tag and digest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docker.auth import INDEX_NAME, resolve_repository_name
from docker.utils import parse_repository_tag

HUB = INDEX_NAME
"""docker.io"""


@dataclass(frozen=True)
class Reference:
    """An image reference. `name`: as written, without tag and digest."""

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference:
        """From a valid reference (catalogue.REFERENCE)."""
        text, _, digest = text.partition("@")
        name, tag = parse_repository_tag(text)
        return cls(name, tag or "", digest)

    @property
    def registry(self) -> str:
        """The registry's address."""
        return str(resolve_repository_name(self.name)[0])

    @property
    def full(self) -> str:
        """The same for all references to one image: docker.io/library/debian:latest for debian."""
        registry, repository = resolve_repository_name(self.name)
        if registry == HUB and "/" not in repository:
            repository = f"library/{repository}"
        tag = f":{self.tag}" if self.tag else "" if self.digest else ":latest"
        return f"{registry}/{repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    def at(self, digest: str) -> str:
        """The same image at a digest."""
        return f"{self.name}@{digest}"

    def suggested_name(self) -> str:
        """A name for the catalogue, from the reference's last part."""
        return re.sub(r"[^a-z0-9_-]+", "-", self.name.rpartition("/")[2].lower())[:31]

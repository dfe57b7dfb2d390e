"""Image references taken apart: registry, repository, tag and digest, as Docker reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

HUB = "docker.io"


@dataclass(frozen=True)
class Reference:
    """An image reference. `name` is written as in the reference, without tag and digest."""

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Take apart what catalogue.REFERENCE has found valid."""
        text, _, digest = text.partition("@")
        head, slash, last = text.rpartition("/")
        last, _, tag = last.partition(":")
        return cls(head + slash + last, tag, digest)

    @property
    def registry(self) -> str:
        """The registry's address: what stands before the first slash, if it looks like one."""
        first, slash, _ = self.name.partition("/")
        return first if slash and ("." in first or ":" in first or first == "localhost") else HUB

    @property
    def full(self) -> str:
        """One form for all that mean the same: docker.io/library/debian:latest for debian."""
        name = self.name.removeprefix(f"{HUB}/").removeprefix("index.docker.io/")
        if self.registry in (HUB, "index.docker.io"):
            name = f"{HUB}/{name if '/' in name else f'library/{name}'}"
        pinned = f":{self.tag}" if self.tag else "" if self.digest else ":latest"
        return f"{name}{pinned}" + (f"@{self.digest}" if self.digest else "")

    def at(self, digest: str) -> str:
        """The same image at a digest."""
        return f"{self.name}@{digest}"

    def suggested_name(self) -> str:
        """A name for the catalogue, out of the reference's last part."""
        return re.sub(r"[^a-z0-9_-]+", "-", self.name.rpartition("/")[2].lower())[:31]

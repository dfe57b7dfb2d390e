"""The catalogue as typed objects: notebook images, and sizes of their servers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contract.catalogue import LANGUAGES
from contract.memory import to_bytes
from stackctl.errors import StackError
from stackctl.settings.validation import memory

NAME = r"[a-z0-9][a-z0-9_-]{0,30}"
REFERENCE = (
    r"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
"""https://github.com/distribution/reference/blob/main/reference.go"""


def _texts(value: Any) -> Any:
    """A text alone is for every language."""
    return {LANGUAGES[0]: value} if isinstance(value, str) else value


def _bytes(value: Any) -> int:
    return to_bytes(memory(str(value)))


def _not_empty(value: Any) -> Any:
    if value == [] or (isinstance(value, list) and "" in value):
        raise ValueError("must name groups; leave it out for everybody, or set offered: false for nobody")
    return value


def _known_languages(value: Any) -> Any:
    if not isinstance(value, Mapping) or not value or set(value) - set(LANGUAGES):
        raise ValueError(f"must be text, or a text for each of {', '.join(LANGUAGES)}")
    return value


Texts = Annotated[dict[str, str], BeforeValidator(_known_languages), BeforeValidator(_texts)]
"""What people read, by language."""


class _Model(BaseModel):
    # pydantic's own regex engine takes 50 ms to compile these patterns, and most commands never read the catalogue
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, regex_engine="python-re")


class Entry(_Model):
    """What images and sizes have in common. `groups`: who may use it, empty for everybody."""

    name: str = Field(pattern=rf"^{NAME}\Z")
    title: Texts
    default: bool = False
    groups: Annotated[tuple[str, ...], BeforeValidator(_not_empty)] = ()


class Image(Entry):
    """A notebook image."""

    reference: str = Field(pattern=rf"^{REFERENCE}\Z")
    description: Texts = {}
    offered: bool = True
    read_only: bool = False
    """Whether the container's file system cannot be written, except for the user's files, and /tmp and home in memory."""
    folder: Path | None = None
    """Where it is built; None for an image that is pulled."""
    definition: str = ""
    """How Compose builds it, as JSON."""
    parents: tuple[str, ...] = ()
    """The images, by name, that must be built before it."""


class Size(Entry):
    """A notebook server's share of the machine. `memory` is in bytes; `count` is None for any number of servers."""

    cpu: float = Field(ge=0.01, le=1024, allow_inf_nan=False)
    memory: Annotated[int, BeforeValidator(_bytes)]
    count: int | None = Field(None, ge=1)
    gpus: int = Field(0, ge=0)

    def within(self, cpus: int, memory: int) -> Size:
        """This size on a server that has no more than `cpus` CPUs, and `memory` bytes for notebook servers."""
        return self.model_copy(update={"cpu": min(self.cpu, cpus), "memory": min(self.memory, memory)})


class Catalogue(_Model):
    """All images and sizes, in the order of the files."""

    images: tuple[Image, ...]
    sizes: tuple[Size, ...]

    def within(self, cpus: int, memory: int) -> Catalogue:
        """The catalogue with the sizes that a server of this many CPUs, and bytes of memory, can have."""
        return self.model_copy(update={"sizes": tuple(size.within(cpus, memory) for size in self.sizes)})

    @property
    def offered(self) -> list[Image]:
        """The images that people may choose, if they pass their check."""
        return [image for image in self.images if image.offered]

    def image(self, name: str) -> Image:
        """The image of a name. Raises StackError that lists the names when there is none."""
        for image in self.images:
            if image.name == name:
                return image
        raise StackError(f"There is no image {name!r}.", f"There are: {', '.join(image.name for image in self.images)}")

    def chosen(self, names: list[str], *, every: bool = False) -> list[Image]:
        """The images of `names`; without names, those that are offered, or all with `every`."""
        if names:
            return [self.image(name) for name in dict.fromkeys(names)]
        return list(self.images) if every else self.offered

    def levels(self, images: list[Image]) -> list[list[Image]]:
        """`images` and their parents in build order: the images of each list are based only on those of earlier lists."""
        depths: dict[str, int] = {}
        for image in (every := self.with_parents(images)):
            depths[image.name] = 1 + max((depths[name] for name in image.parents), default=-1)
        return [[image for image in every if depths[image.name] == depth] for depth in sorted(set(depths.values()))]

    def with_parents(self, images: list[Image]) -> list[Image]:
        """`images` and all that they are based on, parents first."""
        ordered: list[Image] = []
        for image in images:
            above = self.with_parents([self.image(name) for name in image.parents])
            ordered += [item for item in [*above, image] if item not in ordered]
        return ordered

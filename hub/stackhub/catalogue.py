"""What people may choose from: the images and sizes that `stackctl up` found fit, as it wrote them down for the hub."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

CATALOGUE = Path("/run/gate/catalogue.json")
"""Made from singleuser/compose.yaml and singleuser/sizes.yaml by stackctl/offer.py, whose fields these are."""

Texts = Mapping[str, str]
"""What people read, by language; English where there is no other."""


@dataclass(frozen=True)
class Image:
    """A notebook image. `id` is what Docker runs; `groups`: who may use it, everybody when it is empty.

    `read_only`: whether only people's files and folders in memory can be written.
    """

    name: str
    id: str
    title: Texts
    description: Texts
    groups: tuple[str, ...]
    default: bool
    read_only: bool = False


@dataclass(frozen=True)
class Size:
    """How much of the server one notebook server may have; `memory` in bytes, `count` of them at most, None: any."""

    name: str
    title: Texts
    cpu: float
    memory: int
    gpus: int
    count: int | None
    groups: tuple[str, ...]
    default: bool


class RefusedError(Exception):
    """A choice that is not allowed. `kind` is one of start_texts.REFUSALS, `facts` what its sentence names."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(f"{kind} {facts or ''}".strip())
        self.kind = kind
        self.facts = facts


Entry = TypeVar("Entry", Image, Size)


@dataclass(frozen=True)
class Catalogue:
    """Images and sizes in the operator's order, and the ids of the GPUs that this server has."""

    images: tuple[Image, ...] = ()
    sizes: tuple[Size, ...] = ()
    gpus: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Catalogue:
        """From what stackctl wrote."""
        said = json.loads(text)
        images = (Image(**entry | {"groups": tuple(entry["groups"])}) for entry in said["images"])
        sizes = (Size(**entry | {"groups": tuple(entry["groups"])}) for entry in said["sizes"])
        return cls(tuple(images), tuple(sizes), tuple(said["gpus"]))

    def for_groups(self, groups: Collection[str]) -> Catalogue:
        """What somebody who is in `groups` may choose from."""
        names = {group.lower() for group in groups}
        return Catalogue(_allowed(self.images, names), _allowed(self.sizes, names), self.gpus)

    def choice(self, options: Mapping[str, Any]) -> tuple[Image, Size]:
        """The image and the size that `options` name; the default for what it does not name.

        Raises RefusedError for a name that is not here, and for anything else than names.
        """
        if unknown := set(options) - {"image", "size"}:
            raise RefusedError("unknown-option", name=", ".join(sorted(str(name)[:50] for name in unknown)[:3]))
        return _named(self.images, "image", options), _named(self.sizes, "size", options)

    def holds(self, options: Mapping[str, Any]) -> bool:
        """Whether `options` can be chosen here."""
        try:
            self.choice(options)
        except RefusedError:
            return False
        return True


def _allowed(entries: tuple[Entry, ...], groups: set[str]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if not entry.groups or groups & {group.lower() for group in entry.groups})


def _named(entries: tuple[Entry, ...], kind: str, options: Mapping[str, Any]) -> Entry:
    if not entries:
        raise RefusedError(f"no-{kind}")
    name = options.get(kind)
    if name is None:
        return next((entry for entry in entries if entry.default), entries[0])
    for entry in entries:
        if entry.name == name:
            return entry
    raise RefusedError(f"not-this-{kind}", name=str(name)[:50])


@dataclass
class CatalogueFile:
    """The file, read again when it was replaced: what `stackctl up` changes holds at once, and stops nobody's server."""

    path: Path = CATALOGUE
    _seen: tuple[int, int] = field(default=(0, 0), init=False)
    _read: Catalogue = field(default=Catalogue(), init=False)

    @property
    def current(self) -> Catalogue:
        """What it says now; or said last, while it is replaced (removed, then written), or when another version wrote it."""
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            state = self.path.stat()
            if (seen := (state.st_mtime_ns, state.st_ino)) != self._seen:
                self._read, self._seen = Catalogue.parse(self.path.read_text()), seen
        return self._read

"""The catalogue file: the images and sizes that people may choose from. stackctl writes it; hub and gate read it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from .paths import CATALOGUE

LANGUAGES = ("en", "zh-CN")
"""The languages of the pages, and of texts in the catalogue; the first where a text has no other."""

Texts = Mapping[str, str]
"""A text for people, by language."""

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Image:
    """A notebook image. `id` is Docker's, so that the image that was checked is the one that runs.

    `groups`: who may use it; empty for everybody. `read_only`: the container's file system cannot be written, except for
    the user's files and folders in memory.
    """

    name: str
    id: str
    title: Texts
    description: Texts
    groups: tuple[str, ...] = ()
    default: bool = False
    read_only: bool = False


@dataclass(frozen=True)
class Size:
    """A notebook server's share of the machine. `cpu` in processors, `memory` in bytes.

    `count`: how many servers of it may run at the same time, None for any number.
    """

    name: str
    title: Texts
    cpu: float
    memory: int
    gpus: int = 0
    count: int | None = None
    groups: tuple[str, ...] = ()
    default: bool = False


@dataclass(frozen=True)
class Catalogue:
    """Images and sizes in the operator's order, and the ids of the server's GPUs."""

    images: tuple[Image, ...] = ()
    sizes: tuple[Size, ...] = ()
    gpus: tuple[str, ...] = ()

    def dump(self) -> str:
        """The content of the file, JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def parse(text: str) -> Catalogue:
    """The content of the file. Raises ValueError, TypeError or KeyError where it is not as `dump` writes it."""
    content = json.loads(text)
    return Catalogue(
        tuple(Image(**_entry(item)) for item in content["images"]),
        tuple(Size(**_entry(item)) for item in content["sizes"]),
        tuple(content["gpus"]),
    )


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"groups": tuple(item.get("groups", ()))}


@dataclass
class CatalogueFile(Generic[Parsed]):
    """The file as `parse` reads it, read again when stackctl has replaced it. `empty`: while there is no readable one."""

    parse: Callable[[str], Parsed]
    empty: Parsed
    path: Path = Path(CATALOGUE)
    _stamp: tuple[int, int] = field(default=(0, 0), init=False)
    _last: Parsed | None = field(default=None, init=False)

    @property
    def current(self) -> Parsed:
        """The content now; the last readable one while the file is being replaced, or when another version wrote it."""
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            state = self.path.stat()
            if (stamp := (state.st_mtime_ns, state.st_ino)) != self._stamp:
                self._last, self._stamp = self.parse(self.path.read_text()), stamp
        return self.empty if self._last is None else self._last

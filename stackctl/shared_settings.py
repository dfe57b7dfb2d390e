"""The setting that names the folders that everybody has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, field_validator

from stackctl.validation import items

NEVER = [
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/run", "/sbin"),
    *("/sys", "/usr", "/var/lib/containerd", "/var/lib/docker", "/var/run"),
]
"""Folders of the server that no notebook server may have, nor what is in them, nor what they are in."""

NOT_WHOLE = r"/home(/[^/]+)?|/tmp|/var/tmp"
"""Folders that it may not have as a whole: in a home folder is what opens an account."""

LONGEST = 40
"""Letters of a volume's part of its name."""


@dataclass(frozen=True)
class Shared:
    """A folder that everybody has. `source`: the name of a volume of the stack's, or the path of a folder on the server."""

    source: str
    read_only: bool

    @classmethod
    def parse(cls, item: str) -> Shared:
        return cls(item.removesuffix(":ro"), item.endswith(":ro"))

    def __str__(self) -> str:
        return f"{self.source}:ro" if self.read_only else self.source

    @property
    def name(self) -> str:
        """What people find it by, in ~/shared."""
        return self.source.rpartition("/")[2]

    @property
    def folder(self) -> Path | None:
        """Where it is on the server; None for a volume."""
        return Path(self.source) if self.source.startswith("/") else None

    def volume(self, stack: str) -> str:
        """The name of its volume: hub/stackhub/shared.py and the gate's body.py have it, too."""
        return f"{stack}-shared-{self.source}"


class SharedSettings(BaseModel):
    """Hub and gate read it as well, each by itself."""

    stack_shared_folders: str = ""

    @field_validator("stack_shared_folders")
    @classmethod
    def _shared(cls, value: str) -> str:
        found = [Shared.parse(item) for item in items(value)]
        for item in found:
            for reason in _wrong(item):
                raise ValueError(f"{item.source!r} {reason}")
        _apart(found)
        return ",".join(str(item) for item in found)

    @property
    def shared(self) -> list[Shared]:
        """The folders, as they are named."""
        return [Shared.parse(item) for item in items(self.stack_shared_folders)]


def overlap(one: Path, other: Path) -> bool:
    """Whether one is the other, or is inside it."""
    return one == other or one in other.parents or other in one.parents


def _wrong(item: Shared) -> Iterator[str]:
    if ":" in item.source:
        yield "must end with :ro, or have no colon"
    if not item.folder:
        if "/" in item.source:
            yield "must be a folder's whole path, which begins with /, or a name without a /"
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.source) or len(item.source) > LONGEST:
            yield f"must be a folder's whole path, or a name of 1 to {LONGEST} lower-case letters, digits and single dashes"
        return
    if item.source == "/" or re.fullmatch(NOT_WHOLE, item.source):
        yield "cannot be given to people as a whole: make a folder for them"
    if "" in (parts := item.source.split("/")[1:]):
        yield "must have no / at its end, and no two in a row"
    if odd := [part for part in parts if not re.fullmatch(r"\w([\w.+@ -]*[\w.+@-])?", part)]:
        yield f"has {odd[0]!r} in it: each part must begin with a letter or digit, and have only these, spaces and . _ - + @"
    if near := [path for path in NEVER if overlap(item.folder, Path(path))]:
        yield f"is, has in it or is in {near[0]}, which no notebook server may have"


def _apart(found: list[Shared]) -> None:
    """Raises ValueError where two have the same name, or one leads into another."""
    names = [item.name for item in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"names two {twice[0]!r}, and people find each by its last part: call one of them otherwise")
    for outer in found:
        for inner in found:
            if outer.folder and inner.folder and outer.folder in inner.folder.parents and not outer.read_only:
                why = "people could put a link in its place, which leads anywhere"
                raise ValueError(f"{inner.source!r} is in {outer.source!r}: {why}. Take one of them, or {outer.source}:ro")

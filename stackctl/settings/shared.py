"""The setting of the folders that everyone shares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, field_validator

from contract import shared
from contract.shared import SharedFolder

NEVER = [
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/run", "/sbin"),
    *("/sys", "/usr", "/var/lib/containerd", "/var/lib/docker", "/var/run"),
]
"""Folders of the server that cannot be shared, nor can folders inside them or their parents."""

NOT_WHOLE = r"/home(/[^/]+)?|/tmp|/var/tmp"
"""Folders that cannot be shared as a whole: a home folder contains what gives access to an account."""

LONGEST = 40
"""Maximum length of a shared volume's name."""


class SharedSettings(BaseModel):
    """STACK_SHARED_FOLDERS, which hub and gate read too."""

    stack_shared_folders: str = ""

    @field_validator("stack_shared_folders")
    @classmethod
    def _shared(cls, value: str) -> str:
        folders = shared.parse(value)
        for folder in folders:
            for reason in _mistakes(folder):
                raise ValueError(f"{folder.source!r} {reason}")
        _check_distinct(folders)
        return ",".join(map(str, folders))

    @property
    def shared(self) -> list[SharedFolder]:
        """The shared folders, in the order of the setting."""
        return shared.parse(self.stack_shared_folders)


def overlap(first: Path, second: Path) -> bool:
    """Whether two paths are the same folder, or one is inside the other."""
    return first == second or first in second.parents or second in first.parents


def _mistakes(item: SharedFolder) -> Iterator[str]:
    if ":" in item.source:
        yield "must end with :ro, or contain no colon"
    if not item.path:
        if "/" in item.source:
            yield "must be an absolute path, which begins with /, or a name without /"
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.source) or len(item.source) > LONGEST:
            yield f"must be an absolute path, or a name of 1 to {LONGEST} lower-case letters, digits and single dashes"
        return
    if item.source == "/" or re.fullmatch(NOT_WHOLE, item.source):
        yield "cannot be shared as a whole: create a folder for sharing in it"
    if "" in (parts := item.source.split("/")[1:]):
        yield "must not end with / or contain //"
    if odd := [part for part in parts if not re.fullmatch(r"\w([\w.+@ -]*[\w.+@-])?", part)]:
        yield f"contains {odd[0]!r}: each part must begin with a letter or digit; only those, spaces and . _ - + @ follow"
    if near := [path for path in NEVER if overlap(item.path, Path(path))]:
        yield f"cannot be shared: it is, contains or is inside {near[0]}"


def _check_distinct(folders: list[SharedFolder]) -> None:
    """Raises ValueError when two have the same name, or one gives write access to another."""
    names = [item.name for item in folders]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"has two folders named {twice[0]!r}, the last part of their paths: rename one")
    for outer in folders:
        for inner in folders:
            if outer.path and inner.path and outer.path in inner.path.parents and not outer.read_only:
                reason = "people could replace it with a link to anywhere"
                raise ValueError(
                    f"{inner.source!r} is inside {outer.source!r}: {reason}. Use only one, or {outer.source}:ro"
                )

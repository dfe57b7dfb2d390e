"""What an image is made of: which files of the checkout, and a hash of them that is the same wherever they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from stackctl.catalogue import Catalogue
from stackctl.compose import FILES, SOURCES

MIRRORS = "mirrors"
"""Its scripts take part in every build."""

NOT_BUILT = "hub/conf.d"
"""The operator's own, which is mounted and in no image."""


def paths(root: Path, catalogue: Catalogue, name: str) -> list[str]:
    """The folders and files, relative to `root`, that a service's or notebook image is made of; none when it is pulled."""
    if name.upper() in SOURCES:
        return [*SOURCES[name.upper()], MIRRORS]
    folders = [image.folder for image in catalogue.with_parents([catalogue.image(name)]) if image.folder]
    return [*(os.path.relpath(folder, root) for folder in folders), MIRRORS] if folders else []


def below(root: Path, catalogue: Catalogue, name: str, base: str, image_id: Callable[[str], str]) -> str:
    """What else decides what comes out: what Compose is told, and the images below. `base`: the one below them all."""
    told = digest(root, [file for file in FILES if (root / file).exists()])
    parents = [] if name.upper() in SOURCES else catalogue.with_parents([catalogue.image(name)])[:-1]
    return " ".join([told, *(image_id(reference) for reference in [base, *(image.reference for image in parents)])])


def found(root: Path, wanted: Iterable[str]) -> list[str]:
    """The files below `wanted` that there are, relative to `root`, without what Python leaves behind."""
    names: list[str] = []
    for path in (root / name for name in wanted):
        below = [path] if path.is_file() else path.rglob("*")
        names += [item.relative_to(root).as_posix() for item in below if item.is_file() and item.suffix != ".pyc"]
    return names


def among(names: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of `names` that are one of `wanted`, or below one."""
    wanted = list(wanted)
    return [name for name in names if any(name == path or name.startswith(f"{path}/") for path in wanted)]


def digest(root: Path, names: Iterable[str]) -> str:
    """A hash of files: what they are called, what they hold, and which can be run. "" for none."""
    total = hashlib.sha256()
    chosen = sorted(set(names) - set(among(names, [NOT_BUILT])))
    for name in chosen:
        runs = bool((root / name).stat().st_mode & 0o100)
        total.update(f"{name}\0{runs}\0{hashlib.sha256((root / name).read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest() if chosen else ""

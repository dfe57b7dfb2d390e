"""The inputs of an image's build: the files of the checkout that it is built from, and a hash of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from stackctl.catalogue import Catalogue
from stackctl.engine.compose import FILES, SOURCES

MIRRORS = "mirrors"
"""Its scripts take part in every build."""

NOT_BUILT = "hub/conf.d"
"""The operator's configuration of the hub, which is mounted and not built in."""


def paths(root: Path, catalogue: Catalogue, name: str) -> list[str]:
    """The folders and files, relative to `root`, that an image is built from; none for an image that is pulled."""
    if name.upper() in SOURCES:
        return [*SOURCES[name.upper()], MIRRORS]
    folders = [image.folder for image in catalogue.with_parents([catalogue.image(name)]) if image.folder]
    return [*(os.path.relpath(folder, root) for folder in folders), MIRRORS] if folders else []


def definition(root: Path, catalogue: Catalogue, name: str) -> str:
    """A hash of how Compose builds an image: a service's by compose.yaml, a notebook image by its part of the catalogue."""
    if name.upper() in SOURCES:
        return digest(root, [file for file in FILES if (root / file).exists()])
    images = catalogue.with_parents([catalogue.image(name)])
    return hashlib.sha256("\n".join(image.definition for image in images).encode()).hexdigest()


def parents(catalogue: Catalogue, name: str, base: str, image_id: Callable[[str], str]) -> str:
    """The ids of the images that an image is based on, beginning with `base`, which all are based on."""
    above = [] if name.upper() in SOURCES else catalogue.with_parents([catalogue.image(name)])[:-1]
    return " ".join(map(image_id, [base, *(image.reference for image in above)]))


def files(root: Path, paths: Iterable[str]) -> list[str]:
    """The files that exist in `paths`, relative to `root`, without Python's compiled ones."""
    names: list[str] = []
    for path in (root / name for name in paths):
        below = [path] if path.is_file() else path.rglob("*")
        names += [item.relative_to(root).as_posix() for item in below if item.is_file() and item.suffix != ".pyc"]
    return names


def within(names: Iterable[str], paths: Iterable[str]) -> list[str]:
    """The files among `names` that are one of `paths`, or below one."""
    paths = list(paths)
    return [name for name in names if any(name == path or name.startswith(f"{path}/") for path in paths)]


def digest(root: Path, names: Iterable[str]) -> str:
    """A hash of files: their names, contents and executable bits. It does not depend on `root`. "" for no files."""
    total = hashlib.sha256()
    chosen = sorted(set(names) - set(within(names, [NOT_BUILT])))
    for name in chosen:
        executable = bool((root / name).stat().st_mode & 0o100)
        total.update(f"{name}\0{executable}\0{hashlib.sha256((root / name).read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest() if chosen else ""

"""What is in an image: Debian's, Python's, npm's and conda's packages, as the image's own files say."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from stackctl.engine import Engine
from stackctl.errors import StackError

Kind = Literal["conda", "deb", "npm", "pypi"]

LIMITS = {"mem_limit": 2**29, "pids_limit": 200, "read_only": True}

SCRIPT = r"""
echo ::system
cat /etc/os-release
echo ::dated
stat -c %Y /var/lib/dpkg/status
echo ::deb
dpkg-query -W -f '${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
echo ::pypi
find / -xdev \( -path '*-packages/*.dist-info/METADATA' -o -path '*-packages/*.egg-info/PKG-INFO' \) \
    -exec grep -aHEm2 '^(Name|Version): ' {} +
echo ::conda
find / -xdev -path '*/conda-meta/*-*-*.json'
echo ::npm
find / -xdev -path '*/node_modules/.package-lock.json' \
    -exec sh -c 'for lock; do printf "%s\t" "$lock"; tr -d "\n" <"$lock"; echo; done' sh {} +
exit 0
"""
"""For any shell: the services' images have no Python of the system's, or none at all. What an image lacks is left out."""

OF_DEBIAN = PurePosixPath("/usr/lib/python3/dist-packages")
"""What is here is in a Debian package, with that one's version."""


@dataclass(frozen=True, order=True)
class Package:
    """A package. `extra`: a Debian package's architecture, a conda package's build."""

    kind: Kind
    name: str
    version: str
    extra: str = ""
    source: tuple[str, str] = ("", "")
    """The source package of a Debian one, and its version, which security advisories go by."""
    places: tuple[str, ...] = ()
    """The folders that it is in; none for a Debian package."""


@dataclass(frozen=True)
class Contents:
    """What is in an image."""

    system: str = ""
    """The distribution's id, such as debian."""
    release: str = ""
    lasting: bool = False
    """Whether it is a release of Ubuntu's with long-term support."""
    dated: int = 0
    """When a Debian package was last installed, in seconds since 1970; 0 where there are none."""
    packages: tuple[Package, ...] = ()


def read(engine: Engine, image: str, stack: str) -> Contents:
    """Look into an image, in a throw-away container without network and rights. Raises StackError when that fails."""
    command = ["sh", "-c", SCRIPT]
    said = engine.once(image, [], stack=stack, entrypoint=command, **LIMITS)
    try:
        return parse(said)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:  # whoever made the image made those files
        why = f"{type(error).__name__}: {error}"
        raise StackError(f"What the image says of its packages makes no sense: {why}.", "Look at it by hand.") from None


def parse(said: str) -> Contents:
    """What the script has printed."""
    parts: dict[str, list[str]] = defaultdict(list)
    part = ""
    for line in said.splitlines():
        if line.startswith("::"):
            part = line[2:]
        elif line:
            parts[part].append(line)
    about = dict(line.replace('"', "").split("=", 1) for line in parts["system"] if "=" in line)
    found = [*_deb(parts["deb"]), *_pypi(parts["pypi"]), *_conda(parts["conda"]), *_npm(parts["npm"])]
    return Contents(
        about.get("ID", ""),
        about.get("VERSION_ID", ""),
        "LTS" in about.get("VERSION", ""),
        int(next(iter(parts["dated"]), 0)),
        _merged(found),
    )


def _merged(found: Iterable[Package]) -> tuple[Package, ...]:
    """Sorted, each once, with all the places that it is in."""
    places: dict[Package, set[str]] = defaultdict(set)
    for item in found:
        places[Package(item.kind, item.name, item.version, item.extra, item.source)] |= {*item.places}
    return tuple(
        Package(item.kind, item.name, item.version, item.extra, item.source, tuple(sorted(places[item])))
        for item in sorted(places)
    )


def _deb(lines: Iterable[str]) -> Iterator[Package]:
    for line in lines:
        status, name, version, architecture, *source = line.split("\t")
        if status.startswith("ii"):
            yield Package("deb", name, version, architecture, (source[0], source[1]))


def _pypi(lines: Iterable[str]) -> Iterator[Package]:
    """Of each file its `Name: ` and `Version: `, in any order."""
    found: dict[PurePosixPath, dict[str, str]] = defaultdict(dict)
    for line in lines:
        file, _, header = line.partition(":")
        key, _, value = header.partition(": ")
        found[PurePosixPath(file)][key] = value.strip()
    for path, headers in found.items():
        folder = path.parent.parent
        # what a package has copied into itself is not installed: folder is that package's
        installed = folder.name in ("site-packages", "dist-packages") and folder != OF_DEBIAN
        if installed and {"Name", "Version"} <= headers.keys():
            yield Package("pypi", pypi_name(headers["Name"]), headers["Version"], places=(str(folder),))


def pypi_name(name: str) -> str:
    """A Python package's name, written in the one way: https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _conda(lines: Iterable[str]) -> Iterator[Package]:
    for path in map(PurePosixPath, lines):
        name, version, build = path.stem.rsplit("-", 2)
        yield Package("conda", name, version, build, places=(str(path.parent.parent),))


def _npm(lines: Iterable[str]) -> Iterator[Package]:
    for line in lines:
        file, _, lock = line.partition("\t")
        root = PurePosixPath(file).parent.parent
        for path, entry in json.loads(lock)["packages"].items():
            name = path.rpartition("node_modules/")[2]
            if name and "version" in entry:
                yield Package("npm", name, entry["version"], places=(str((root / path).parent),))

"""The packages in an image, as its own files list them: Debian's last update, and Python's and npm's with versions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from packaging.utils import canonicalize_name

from stackctl.engine import Engine
from stackctl.errors import StackError

LIMITS = {"mem_limit": 2**29, "pids_limit": 200, "read_only": True}

SCRIPT = r"""
echo ::updated
stat -c %Y /var/lib/dpkg/status
echo ::pypi
find / -xdev \( -path '*-packages/*.dist-info/METADATA' -o -path '*-packages/*.egg-info/PKG-INFO' \) \
    -exec grep -aHEm2 '^(Name|Version): ' {} +
echo ::npm
find / -xdev -path '*/node_modules/.package-lock.json' \
    -exec sh -c 'for lock; do tr -d "\n" <"$lock"; echo; done' sh {} +
exit 0
"""
"""Runs in any shell: some images have no Python, or none of the system's. What an image lacks is left out."""

OF_DEBIAN = PurePosixPath("/usr/lib/python3/dist-packages")
"""Python packages here are part of Debian packages. Debian fixes them without changing their version."""


@dataclass(frozen=True, order=True)
class Package:
    """A Python or npm package. `name`: a Python package's is normalized (PEP 503)."""

    kind: Literal["npm", "pypi"]
    name: str
    version: str


@dataclass(frozen=True)
class Contents:
    """What is in an image. `updated`: last change of a Debian package, in seconds since 1970; 0 without Debian packages."""

    updated: int = 0
    packages: tuple[Package, ...] = ()


def read(engine: Engine, image: str, stack: str) -> Contents:
    """Read an image's package lists in a temporary container without network and rights. Raises StackError."""
    output = engine.once(image, [], stack=stack, entrypoint=["sh", "-c", SCRIPT], **LIMITS)
    try:
        return parse(output)
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # an image can have anything in these files
        reason = f"{type(error).__name__}: {error}"
        raise StackError(f"The image's package lists cannot be read: {reason}.", "Look at the image by hand.") from None


def parse(output: str) -> Contents:
    """Read what the script printed. Raises ValueError, KeyError, TypeError or AttributeError for anything else."""
    sections: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in output.splitlines():
        if line.startswith("::"):
            section = line[2:]
        elif line:
            sections[section].append(line)
    packages = {*_pypi(sections["pypi"]), *_npm(sections["npm"])}
    return Contents(int(next(iter(sections["updated"]), 0)), tuple(sorted(packages)))


def _pypi(lines: Iterable[str]) -> Iterator[Package]:
    """From the `Name: ` and `Version: ` lines of each file, in any order."""
    files: dict[PurePosixPath, dict[str, str]] = defaultdict(dict)
    for line in lines:
        file, _, header = line.partition(":")
        key, _, value = header.partition(": ")
        files[PurePosixPath(file)][key] = value.strip()
    for path, headers in files.items():
        folder = path.parent.parent
        # a package that another one vendors is in that one's folder instead
        installed = folder.name in ("site-packages", "dist-packages") and folder != OF_DEBIAN
        if installed and {"Name", "Version"} <= headers.keys():
            yield Package("pypi", canonicalize_name(headers["Name"]), headers["Version"])


def _npm(lines: Iterable[str]) -> Iterator[Package]:
    for line in lines:
        for path, entry in json.loads(line)["packages"].items():
            name = path.rpartition("node_modules/")[2]
            if name and "version" in entry:
                yield Package("npm", name, entry["version"])

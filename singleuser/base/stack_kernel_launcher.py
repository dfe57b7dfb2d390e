"""Runs a kernel in an environment that has no ipykernel: the environment's Python runs this, and is lent the notebook's.

Lent are ipykernel and what it stands on, and only where the environment has not its own. Nothing else of the notebook's
packages can be imported: what works here works in `python` in the environment too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path
from typing import Any

FOLDER = str(Path(__file__).parent)


def normal(name: str) -> str:
    """A distribution's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(folder: str, name: str) -> dict[str, Distribution]:
    """A distribution in a folder and all that it needs there, by name."""
    lent: dict[str, Distribution] = {}
    waiting = [normal(name)]
    while waiting:
        now = waiting.pop()
        found = next(iter(Distribution.discover(name=now, path=[folder])), None) if now not in lent else None
        if found:
            lent[now] = found
            wanted = [line for line in found.requires or [] if "extra ==" not in line]
            waiting += [normal(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted]
    return lent


def modules(distributions: Iterable[Distribution]) -> set[str]:
    """The top-level modules that distributions hold, by what was recorded when they were installed."""
    lines = [line for found in distributions for line in (found.read_text("RECORD") or "").splitlines()]
    paths = [line.partition(",")[0] for line in lines]
    names = {path.partition("/")[0].partition(".")[0] for path in paths if path.endswith((".py", ".so"))}
    return {name for name in names if name.isidentifier()}


class Lent(DistributionFinder):
    """Finds what is lent, and is asked last."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = folder
        self._distributions = needed(folder, name)
        self._modules = modules(self._distributions.values())

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """A module; what is inside a package is found by Python itself."""
        if path is None and fullname in self._modules:
            return PathFinder.find_spec(fullname, [self._folder], target)
        return None

    def find_distributions(self, context: Any = DistributionFinder.Context()) -> Iterator[Distribution]:
        """What packages say of themselves, such as their version and entry points."""
        asked = DistributionFinder.Context(name=context.name, path=[self._folder])
        return (found for found in MetadataPathFinder.find_distributions(asked) if normal(found.name) in self._distributions)


def main() -> None:
    """Become the kernel."""
    sys.path[:] = [path for path in sys.path if path not in ("", FOLDER)]  # Python put this file's folder first
    sys.meta_path.append(Lent(FOLDER, "ipykernel"))
    import_module("ipykernel.kernelapp").launch_new_instance()


if __name__ == "__main__":
    main()

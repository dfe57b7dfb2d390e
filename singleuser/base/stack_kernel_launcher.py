"""Runs a kernel in an environment that has no ipykernel: the environment's Python runs this and borrows the notebook's.

It borrows ipykernel and its dependencies, each only if the environment does not have it. No other package of the notebook
can be imported: code that works here works with the environment's `python` too.
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


def normalized(name: str) -> str:
    """Normalize a distribution's name: https://peps.python.org/pep-0503/#normalized-names"""
    return re.sub(r"[-_.]+", "-", name).lower()


def dependencies(folder: str, name: str) -> dict[str, Distribution]:
    """A distribution in a folder and its dependencies there, by name."""
    borrowed: dict[str, Distribution] = {}
    queue = [normalized(name)]
    while queue:
        current = queue.pop()
        item = next(iter(Distribution.discover(name=current, path=[folder])), None) if current not in borrowed else None
        if item:
            borrowed[current] = item
            requires = [line for line in item.requires or [] if "extra ==" not in line]
            queue += [normalized(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in requires]
    return borrowed


def modules(distributions: Iterable[Distribution]) -> set[str]:
    """The top-level modules of distributions, from their RECORD files."""
    lines = [line for item in distributions for line in (item.read_text("RECORD") or "").splitlines()]
    paths = [line.partition(",")[0] for line in lines]
    names = {path.partition("/")[0].partition(".")[0] for path in paths if path.endswith((".py", ".so"))}
    return {name for name in names if name.isidentifier()}


class Borrowed(DistributionFinder):
    """Finds the borrowed modules and distributions. Python asks it last."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = folder
        self._distributions = dependencies(folder, name)
        self._modules = modules(self._distributions.values())

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a top-level module. Python itself finds submodules."""
        if path is None and fullname in self._modules:
            return PathFinder.find_spec(fullname, [self._folder], target)
        return None

    def find_distributions(self, context: Any = DistributionFinder.Context()) -> Iterator[Distribution]:
        """Find the metadata of packages, such as their version and entry points."""
        narrowed = DistributionFinder.Context(name=context.name, path=[self._folder])
        candidates = MetadataPathFinder.find_distributions(narrowed)
        return (item for item in candidates if normalized(item.name) in self._distributions)


def main() -> None:
    """Start the kernel in this process."""
    sys.path[:] = [path for path in sys.path if path not in ("", FOLDER)]  # Python put this file's folder first
    sys.meta_path.append(Borrowed(FOLDER, "ipykernel"))
    import_module("ipykernel.kernelapp").launch_new_instance()


if __name__ == "__main__":
    main()

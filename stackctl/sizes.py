"""Sizes that fit this server: how much each of the two that come with it gets, and writing that. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stackctl import yaml_file
from stackctl.catalogue import SIZES, Size
from stackctl.errors import CheckFailedError

GB = 2**30
AMOUNTS = (0.5, 1, 1.5, *(base * 2**power for power in range(10) for base in (2, 3)))
"""The GB of memory that a size may get: 0.5, 1, 1.5, 2, 3, 4, 6, 8, …"""

NAMES = ("small", "large")


@dataclass(frozen=True)
class Fit:
    """What a size gets: CPUs, GB of memory, and how many of it run at the same time, None for any number."""

    cpu: int
    memory: float
    count: int | None = None

    @property
    def values(self) -> dict[str, str]:
        """As they are written in the file of sizes."""
        memory = f"{self.memory:g}G" if self.memory >= 1 else f"{self.memory * 1024:g}M"
        return {"cpu": str(self.cpu), "memory": memory} | ({"count": str(self.count)} if self.count else {})


def fit(people: int, memory: int, cpus: int) -> dict[str, Fit]:
    """Sizes for so many people at the same time, who share `memory`, in bytes, and `cpus`, by the sizes' names.

    Everybody can have the small one. Half of the memory is for large ones. CPUs are limits that overlap: one that is idle
    is another's. Raises CheckFailedError when there is not the least amount for each, ValueError for no people.
    """
    if people < 1:
        raise ValueError(people)
    share = memory / GB
    small = _amount(min(share / people, share / 4)) or (AMOUNTS[0] if people <= share / AMOUNTS[0] else 0)
    if not small:
        most = int(share / AMOUNTS[0])
        reason = f"{people} people do not fit: notebook servers have {share:.3g} GB here, and each takes {AMOUNTS[0]} GB."
        raise CheckFailedError(reason, f"At most {most} fit." if most else "This server needs more memory.")
    large = max(small, _amount(min(4 * small, share / 2)))
    cpu = max(1, min(cpus // 2, 2 * cpus // people))
    return {
        "small": Fit(cpu, small),
        "large": Fit(max(cpu, min(cpus, 4 * cpu)), large, max(1, int(share / 2 / large))),
    }


def ours(sizes: Sequence[Size]) -> bool:
    """Whether the sizes are those that came with the stack, whatever they have."""
    return tuple(sorted(size.name for size in sizes)) == tuple(sorted(NAMES))


def said(size: Size | Fit) -> str:
    """A size for a person."""
    memory = size.memory / GB if isinstance(size, Size) else size.memory
    count = f", {size.count} at a time" if size.count else ""
    return f"{size.cpu:g} {'CPU' if size.cpu == 1 else 'CPUs'}, {memory:g} GB{count}"


def with_fit(text: str, fits: dict[str, Fit]) -> str:
    """The file of sizes with other values, each on its line; comments, titles and groups stay.

    Raises CheckFailedError where a size is not written one value a line.
    """
    for name, each in fits.items():
        for key, value in each.values.items():
            text = _with_value(text, name, key, value)
    data = yaml_file.parse(text, SIZES).data
    for name, each in fits.items():
        if {key: str(data[name].get(key)) for key in each.values} != each.values:
            raise CheckFailedError(f"{SIZES} has another form than stackctl can write.", "Set the sizes there by hand.")
    return text


def _with_value(text: str, name: str, key: str, value: str) -> str:
    file = yaml_file.parse(text, SIZES)
    lines = text.splitlines(keepends=True)
    there = (name, key) in file.lines
    number = file.line(name, key if there else "memory") - 1
    found = re.fullmatch(r"(\s+)\w+:[^#\r\n]*?(\s*(?:#[^\r\n]*)?)(\r?\n|)", lines[number])
    if found and there:
        lines[number] = f"{found[1]}{key}: {value}{found[2]}{found[3]}"
    elif found:
        lines[number] += f"{'' if found[3] else chr(10)}{found[1]}{key}: {value}{found[3] or chr(10)}"
    return "".join(lines)


def _amount(most: float) -> float:
    """The largest amount up to `most` GB, 0 for none."""
    return max((amount for amount in AMOUNTS if amount <= most), default=0)

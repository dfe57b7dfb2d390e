"""Sizes that fit this server: what the two of the project get, and how that is written. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackctl.catalogue import edit
from stackctl.catalogue.model import Size
from stackctl.catalogue.reader import LOCAL_SIZES
from stackctl.errors import CheckFailedError

GB = 2**30
AMOUNTS = (0.5, 1, 1.5, *(base * 2**power for power in range(10) for base in (2, 3)))
"""GB of memory that a size may get: 0.5, 1, 1.5, 2, 3, 4, 6, 8, …"""

NAMES = ("small", "large")
HEAD = "# sizes.local.yaml: used in place of sizes.yaml. `stackctl init` writes it; you may change it.\n"


@dataclass(frozen=True)
class Fit:
    """What a size gets: CPUs, GB of memory, and how many servers of it may run at the same time, None for any number."""

    cpu: int
    memory: float
    count: int | None = None

    @property
    def values(self) -> dict[str, str]:
        """As the file of sizes has them."""
        memory = f"{self.memory:g}G" if self.memory >= 1 else f"{self.memory * 1024:g}M"
        return {"cpu": str(self.cpu), "memory": memory} | ({"count": str(self.count)} if self.count else {})


def fit(people: int, memory: int, cpus: int) -> dict[str, Fit]:
    """Sizes, by name, for `people` who work at the same time and share `memory`, in bytes, and `cpus`.

    Everybody can have the small one. Half of the memory is for large ones. CPUs are limits that overlap: people use those
    that others leave idle. Raises CheckFailedError when the memory is too small, ValueError for less than one person.
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
    """Whether the sizes have the names of the project's two."""
    return tuple(sorted(size.name for size in sizes)) == tuple(sorted(NAMES))


def describe(size: Size | Fit) -> str:
    """A size for a person."""
    memory = size.memory / GB if isinstance(size, Size) else size.memory
    count = f", {size.count} at a time" if size.count else ""
    return f"{size.cpu:g} {'CPU' if size.cpu == 1 else 'CPUs'}, {memory:g} GB{count}"


def with_fit(text: str, fits: dict[str, Fit]) -> str:
    """The file of sizes with other values; comments, titles and groups stay.

    Raises CheckFailedError where a size is not written one value per line.
    """
    for name, each in fits.items():
        for key, value in each.values.items():
            text = edit.with_value(text, (name, key), value, LOCAL_SIZES, after="memory")
    return text


def _amount(most: float) -> float:
    """The largest amount up to `most` GB, or 0."""
    return max((amount for amount in AMOUNTS if amount <= most), default=0)

"""Sizes that can never be started: more memory than all notebook servers together may have."""

from __future__ import annotations

from collections.abc import Sequence

from stackctl.catalogue import SIZES, Size
from stackctl.checks import Check
from stackctl.validation import bytes_of


def check(sizes: Sequence[Size], servers_memory: str, total: int) -> list[Check]:
    """A warning for each size that is too large. `servers_memory`: STACK_SERVERS_MEMORY; `total`: this server's bytes."""
    most = all_together(servers_memory, total)
    return [
        Check(
            "warn",
            f"Nobody can start the size {size.name}: it has {size.memory / 2**30:.3g} GB of memory, "
            f"and all servers together may have {most / 2**30:.3g} GB (STACK_SERVERS_MEMORY={servers_memory}).",
            f"Give it less in {SIZES}, or take it out there.",
        )
        for size in sizes
        if size.memory > most
    ]


def all_together(servers_memory: str, total: int) -> int:
    """The bytes of memory that all notebook servers together may have."""
    share = servers_memory.removesuffix("%")
    return total * int(share) // 100 if share != servers_memory else bytes_of(servers_memory)

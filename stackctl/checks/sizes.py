"""Sizes that this server is too small for."""

from __future__ import annotations

from collections.abc import Sequence

from stackctl.catalogue import SIZES, Size
from stackctl.checks import Check
from stackctl.validation import bytes_of


def check(sizes: Sequence[Size], servers_memory: str, total: int, cpus: int) -> list[Check]:
    """A warning for each size that is too large.

    `servers_memory`: STACK_SERVERS_MEMORY; `total`: this server's bytes of memory; `cpus`: its CPUs.
    """
    most = all_together(servers_memory, total)
    too_much = [
        Check(
            "warn",
            f"Nobody can start the size {size.name}: it has {size.memory / 2**30:.3g} GB of memory, "
            f"and all servers together may have {most / 2**30:.3g} GB (STACK_SERVERS_MEMORY={servers_memory}).",
            f"Give it less in {SIZES}, or take it out there.",
        )
        for size in sizes
        if size.memory > most
    ]
    return too_much + [
        Check("warn", f"The size {size.name} has {size.cpu:g} CPUs, and this server {cpus}.", f"Give it fewer in {SIZES}.")
        for size in sizes
        if size.cpu > cpus
    ]


def all_together(servers_memory: str, total: int) -> int:
    """The bytes of memory that all notebook servers together may have."""
    share = servers_memory.removesuffix("%")
    return total * int(share) // 100 if share != servers_memory else bytes_of(servers_memory)

"""Is this server large enough for every size?"""

from __future__ import annotations

from collections.abc import Sequence

from contract.memory import to_bytes
from stackctl.catalogue import LOCAL_SIZES, Size
from stackctl.ui.check import Check


def check(sizes: Sequence[Size], servers_memory: str, total: int, cpus: int) -> list[Check]:
    """A warning for each size that is too large.

    `servers_memory`: STACK_SERVERS_MEMORY; `total`: bytes of this server's memory; `cpus`: number of its CPUs.
    """
    most = all_together(servers_memory, total)
    too_large = [
        Check(
            "warn",
            f"Nobody can start the size {size.name}: it has {size.memory / 2**30:.3g} GB of memory, "
            f"but all servers together may use only {most / 2**30:.3g} GB (STACK_SERVERS_MEMORY={servers_memory}).",
            f"Give it less in {LOCAL_SIZES}, or remove it there.",
        )
        for size in sizes
        if size.memory > most
    ]
    return too_large + [
        Check(
            "warn",
            f"The size {size.name} has {size.cpu:g} CPUs, but this server has only {cpus}.",
            f"Give it fewer in {LOCAL_SIZES}.",
        )
        for size in sizes
        if size.cpu > cpus
    ]


def all_together(servers_memory: str, total: int) -> int:
    """The bytes of memory that all notebook servers together may use."""
    share = servers_memory.removesuffix("%")
    return total * int(share) // 100 if share != servers_memory else to_bytes(servers_memory)

"""Is this server large enough for every size?"""

from __future__ import annotations

from collections.abc import Sequence

from contract.memory import limit
from stackctl.catalogue import Size
from stackctl.catalogue.sizes import GB, describe
from stackctl.ui.check import Check


def check(sizes: Sequence[Size], servers_memory: str, total: int, cpus: int) -> list[Check]:
    """What people get of each size, where it is more than this server has; a failure if STACK_SERVERS_MEMORY is.

    `servers_memory`: STACK_SERVERS_MEMORY; `total`: bytes of this server's memory; `cpus`: number of its CPUs.
    """
    most = limit(servers_memory, total)
    if most > total and not servers_memory.endswith("%"):
        has = f"{total / GB:.3g} GB of memory"
        message = f"STACK_SERVERS_MEMORY={servers_memory} is more than the {has} that this server has."
        fix = "Set less in .env. To promise more than there is, set a share of the server's memory above 100%, such as 150%."
        return [Check("fail", message, fix)]
    capped = [(size, size.within(cpus, most)) for size in sizes]
    return [
        Check("ok", f"The size {size.name} is more than this server has. People get {describe(fitted)}.")
        for size, fitted in capped
        if fitted != size
    ]

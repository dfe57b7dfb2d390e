"""Sizes with GPUs: is there an NVIDIA runtime in Docker, and are there GPUs for it?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from stackctl.catalogue import SIZES, Size
from stackctl.checks import Check

OUT = f"or take gpus out of {SIZES}"


def check(sizes: Sequence[Size], runtimes: Collection[str], gpus: Sequence[str]) -> list[Check]:
    """What is wrong with the sizes that have GPUs. `runtimes`: Docker's, by name; `gpus`: the ids of this server's."""
    wanted = [size for size in sizes if size.gpus]
    if not wanted:
        return []
    names = ", ".join(size.name for size in wanted)
    if "nvidia" not in runtimes:
        install = "Install nvidia-container-toolkit, then: nvidia-ctk runtime configure --runtime=docker; restart Docker"
        return [Check("fail", f"The size {names} has GPUs, and Docker has no NVIDIA runtime.", f"{install}; {OUT}.")]
    if not gpus:
        fix = f"Install the NVIDIA driver: nvidia-smi -L must list them; {OUT}."
        return [Check("fail", f"The size {names} has GPUs, and no GPU was found on this server.", fix)]
    return [
        Check(
            "fail", f"The size {size.name} has {size.gpus} GPUs, and this server has {len(gpus)}.", f"Give it less, {OUT}."
        )
        for size in wanted
        if size.gpus > len(gpus)
    ] or [Check("ok", f"{len(gpus)} GPUs, for the size {names}.")]

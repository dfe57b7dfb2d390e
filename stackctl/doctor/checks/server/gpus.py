"""Can sizes with GPUs start: does Docker have the NVIDIA runtime, and are there enough GPUs?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from stackctl.catalogue import LOCAL_SIZES, Size
from stackctl.ui.check import Check

OUT = f"or remove gpus in {LOCAL_SIZES}"


def check(sizes: Sequence[Size], runtimes: Collection[str], gpus: Sequence[str]) -> list[Check]:
    """Problems of the sizes with GPUs. `runtimes`: the names of Docker's; `gpus`: the ids of this server's."""
    with_gpus = [size for size in sizes if size.gpus]
    if not with_gpus:
        return []
    names = ", ".join(size.name for size in with_gpus)
    if "nvidia" not in runtimes:
        install = "Install nvidia-container-toolkit, then: nvidia-ctk runtime configure --runtime=docker; restart Docker"
        return [Check("fail", f"The size {names} has GPUs, but Docker has no NVIDIA runtime.", f"{install}; {OUT}.")]
    if not gpus:
        fix = f"Install the NVIDIA driver: nvidia-smi -L must list them; {OUT}."
        return [Check("fail", f"The size {names} has GPUs, but this server has none.", fix)]
    return [
        Check(
            "fail",
            f"The size {size.name} has {size.gpus} GPUs, but this server has only {len(gpus)}.",
            f"Lower its gpus, {OUT}.",
        )
        for size in with_gpus
        if size.gpus > len(gpus)
    ] or [Check("ok", f"This server has {len(gpus)} GPUs for the size {names}.")]

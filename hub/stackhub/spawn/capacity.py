"""How much of the machine is available: memory, each size's count, GPUs. No I/O except in `memory_limit`."""

from __future__ import annotations

from dataclasses import dataclass

from contract.catalogue import Size
from stackhub.spawn.catalogue import RefusedError


@dataclass(frozen=True)
class Reservation:
    """What one notebook server uses from its start to its end: `memory` in bytes, GPUs by their ids."""

    image: str
    size: str
    memory: int
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capacity:
    """What all notebook servers together may use, and the reservations of those that run or start. `memory` in bytes."""

    memory: int
    gpus: tuple[str, ...]
    reservations: tuple[Reservation, ...]

    @property
    def free_memory(self) -> int:
        """Bytes that are not reserved; negative after the operator has lowered the limit."""
        return self.memory - sum(item.memory for item in self.reservations)

    @property
    def free_gpus(self) -> list[str]:
        """The ids of the GPUs that are not reserved."""
        taken = {gpu for item in self.reservations for gpu in item.gpus}
        return [gpu for gpu in self.gpus if gpu not in taken]

    def free(self, size: Size) -> int:
        """How many servers of a size can be started now."""
        counts = [max(0, self.free_memory) // size.memory]
        if size.count is not None:
            counts.append(max(0, size.count - self._running(size)))
        if size.gpus:
            counts.append(len(self.free_gpus) // size.gpus)
        return min(counts)

    def most(self, size: Size) -> int:
        """How many servers of a size can run at the same time if there are no others."""
        return Capacity(self.memory, self.gpus, ()).free(size)

    def reserve(self, image: str, size: Size) -> Reservation:
        """The reservation of a new server. Raises RefusedError if not enough is available."""
        if size.memory > self.memory:
            raise RefusedError("too-large", wanted=shown(size.memory), most=shown(self.memory))
        if size.count is not None and self._running(size) >= size.count:
            raise RefusedError("size-full", count=size.count)
        if size.memory > self.free_memory:
            raise RefusedError("memory-full", wanted=shown(size.memory), free=shown(max(0, self.free_memory)))
        if size.gpus > len(self.free_gpus):
            raise RefusedError("gpus-full", wanted=size.gpus, free=len(self.free_gpus))
        return Reservation(image, size.name, size.memory, tuple(self.free_gpus[: size.gpus]))

    def _running(self, size: Size) -> int:
        return sum(1 for item in self.reservations if item.size == size.name)


def shown(count: int) -> str:
    """Bytes in a readable unit: 512 MB, 1.5 GB (powers of 1024)."""
    return f"{count / 2**30:.3g} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"

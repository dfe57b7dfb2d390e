"""What is left of the server: its memory, each size's count, and its GPUs. Pure rules, no I/O but `memory_limit`'s."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .catalogue import RefusedError, Size


@dataclass(frozen=True)
class Held:
    """What one notebook server holds from its start to its end; `memory` in bytes, `gpus` their ids."""

    image: str
    size: str
    memory: int
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Capacity:
    """What notebook servers may have together, and what those that run or start now hold. `memory` in bytes."""

    memory: int
    gpus: tuple[str, ...]
    held: tuple[Held, ...]

    @property
    def free_memory(self) -> int:
        """Bytes that no notebook server holds; less than nothing after the limit was lowered."""
        return self.memory - sum(item.memory for item in self.held)

    @property
    def free_gpus(self) -> list[str]:
        """The ids of the GPUs that no notebook server holds."""
        taken = {gpu for item in self.held for gpu in item.gpus}
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
        """How many servers of a size there can be at the same time, when there are no others."""
        return Capacity(self.memory, self.gpus, ()).free(size)

    def take(self, image: str, size: Size) -> Held:
        """What a server of a size holds. Raises RefusedError where the server has not that much left."""
        if size.memory > self.memory:
            raise RefusedError("too-large", wanted=shown(size.memory), most=shown(self.memory))
        if size.count is not None and self._running(size) >= size.count:
            raise RefusedError("size-full", count=size.count)
        if size.memory > self.free_memory:
            raise RefusedError("memory-full", wanted=shown(size.memory), free=shown(max(0, self.free_memory)))
        if size.gpus > len(self.free_gpus):
            raise RefusedError("gpus-full", wanted=size.gpus, free=len(self.free_gpus))
        return Held(image, size.name, size.memory, tuple(self.free_gpus[: size.gpus]))

    def _running(self, size: Size) -> int:
        return sum(1 for item in self.held if item.size == size.name)


def shown(count: int) -> str:
    """Bytes for a person: 512 MB, 1.5 GB (powers of 1024)."""
    return f"{count / 2**30:.3g} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def memory_limit(setting: str, meminfo: Path = Path("/proc/meminfo")) -> int:
    """STACK_SERVERS_MEMORY in bytes: a share of what this machine has, such as 90%, or an amount, such as 56G.

    A container sees the machine's own /proc/meminfo: https://man7.org/linux/man-pages/man5/proc_meminfo.5.html
    """
    if setting.endswith("%"):
        found = re.search(r"^MemTotal: +(\d+) kB", meminfo.read_text(), re.MULTILINE)
        assert found, meminfo
        return int(found[1]) * 1024 * int(setting[:-1]) // 100
    return int(float(setting[:-1]) * 1024 ** ("KMGT".index(setting[-1]) + 1))

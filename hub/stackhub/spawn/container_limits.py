"""The limits of a notebook server's container, as DockerSpawner takes them.

The gate checks them against its own list: gate/stackgate/body.py.
"""

from __future__ import annotations

from typing import Any

from docker.types import Ulimit

from contract.container import ULIMITS, shm_size, tmpfs


def limits(memory: int, *, read_only: bool) -> dict[str, Any]:
    """A part of DockerSpawner's `extra_host_config`. `memory`: of the server's size, in bytes."""
    return {
        "memswap_limit": memory,  # memory and swap together; otherwise a container may use the same amount of swap
        "ulimits": [Ulimit(name=name, soft=limit, hard=limit) for name, limit in ULIMITS.items()],
        "shm_size": shm_size(memory),
        "tmpfs": tmpfs(memory, read_only=read_only),
        "read_only": read_only,
    }

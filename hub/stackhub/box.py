"""The box that every notebook server is in, whoever's it is: what it may use up, and what can be written in it.

The gate lets no other through: gate/stackgate/body.py. An image is tried in the same: stackctl/image_check.py.
"""

from __future__ import annotations

from typing import Any

from docker.types import Ulimit

HOME = "/home/jovyan"
OPEN_FILES = 16384
"""Of one process: all together are the kernel's memory. A Docker that is in a container itself may not allow more."""


def limits(memory: int, *, read_only: bool) -> dict[str, Any]:
    """For DockerSpawner's `extra_host_config`. `memory`: that of the server's size, in bytes."""
    return {
        "memswap_limit": memory,  # memory and swap together: without it, as much swap again
        "ulimits": [Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES), Ulimit(name="core", soft=0, hard=0)],
        "tmpfs": tmpfs(memory, read_only=read_only),
        "read_only": read_only,
    }


def tmpfs(memory: int, *, read_only: bool) -> dict[str, str]:
    """The folders in memory and how each is mounted. What is in them counts as the server's, and is half of it at most.

    /tmp can hold programs, for pip and R build there. With `read_only` people's home is one too, but for their work.
    """
    options = f"rw,exec,nosuid,nodev,size={memory // 2}"
    return {"/tmp": f"{options},mode=1777"} | ({HOME: f"{options},mode=700,uid=1000,gid=1000"} if read_only else {})

"""A notebook server's container: its folders and limits. The hub asks for them, stackctl tries images within the same.

The gate has its own list of what it lets through (gate/stackgate/body.py); a test sends it what the hub asks for.
"""

from __future__ import annotations

from . import users

HOME = "/home/jovyan"

WORK = f"{HOME}/work"
"""Where the volume with the user's files is mounted."""

SHARED = f"{HOME}/shared"
"""Where shared folders are mounted. Not below WORK: a user's link in there could lead a mount elsewhere."""

CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where notebooks find the certificates that they trust; on the server the path is a setting."""

COMMAND = ("jupyterhub-singleuser", "--HubOAuth.cache_max_age=60")
"""How a notebook server is started. 60: seconds for which it trusts the hub's answer about a user."""

OPEN_FILES = 16384
"""Per process: more would add up to the kernel's memory. A Docker that itself runs in a container may not allow more."""


ULIMITS = {"nofile": OPEN_FILES, "core": 0}
"""Soft and hard limit, which are the same, by Docker's name. No core dumps: they would fill the disk."""


def shm_size(memory: int) -> int:
    """Bytes of /dev/shm, in which processes share data: Docker's own 64 MB are too few for PyTorch's loaders."""
    return memory // 2


def tmpfs(memory: int, *, read_only: bool) -> dict[str, str]:
    """Mount options of the folders in memory, by path. `memory`: of the server's size, in bytes.

    Their content counts as the server's memory, and each holds at most half of it. Programs may run from /tmp, where pip and
    R build. With `read_only`, the home is in memory too, except for the user's files.
    """
    options = f"rw,exec,nosuid,nodev,size={memory // 2}"
    home = {HOME: f"{options},mode=700,uid={users.NOTEBOOK},gid={users.NOTEBOOK}"} if read_only else {}
    return {"/tmp": f"{options},mode=1777"} | home

"""This machine as it is: disk, memory, GPUs, routes, names. Nothing here changes anything."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import pwd
import re
import socket
import stat
import subprocess
from pathlib import Path

import psutil

from stackctl.checks.networks import Route
from stackctl.checks.shared import Seen
from stackctl.checks.space import Disk
from stackctl.checks.volumes import USER

ROUTED = ("unicast", "blackhole", "unreachable", "prohibit", "throw")
"""The kinds of routes that take packets for others somewhere, or nowhere: man ip-route."""


def memory() -> int:
    """The bytes of memory that this machine has."""
    return int(psutil.virtual_memory().total)


def cpus() -> int:
    """The CPUs that this machine has."""
    return psutil.cpu_count() or 1


def gpus() -> tuple[str, ...]:
    """The ids of this machine's NVIDIA GPUs, as their driver lists them; none where there is no driver."""
    try:
        command = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(ran.stdout.split()) if ran.returncode == 0 else ()


def disk(folder: Path) -> Disk:
    """The file system of a folder. Raises OSError when the folder is not on this machine."""
    seen = os.statvfs(folder)
    return Disk(folder, seen.f_blocks * seen.f_frsize, seen.f_bavail * seen.f_frsize, seen.f_files, seen.f_favail)


def shared(path: Path, operator: int) -> Seen | None:
    """What is at a path; None where nothing is. `operator`: a user who may write above it. Raises OSError."""
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    lists: list[str] = []
    with contextlib.suppress(OSError):  # of other servers' file systems some have none
        lists = os.listxattr(path)
    trusted = {0, operator} - {USER}  # in notebooks, everybody has that number
    states = [(folder, folder.stat()) for folder in (path, *path.parents)]
    # in a sticky folder, as /tmp is one, who owns what is in it may put something else there
    open_ = [
        above
        for (_, inner), (above, has) in itertools.pairwise(states)
        if has.st_uid not in trusted or (has.st_mode & 0o22 and not (has.st_mode & stat.S_ISVTX and inner.st_uid in trusted))
    ]
    real = Path(os.path.realpath(path))
    return Seen(
        real=real,
        is_folder=stat.S_ISDIR(state.st_mode),
        mode=state.st_mode,
        owner=state.st_uid,
        group=state.st_gid,
        has_access_list="system.posix_acl_access" in lists,
        no_set_uid=bool(os.statvfs(path).f_flag & os.ST_NOSUID),
        account=next((item.pw_name for item in pwd.getpwall() if item.pw_uid == USER), ""),
        others=tuple(open_),
    )


def free_memory() -> int:
    """The bytes of memory that programs can still have, what is only cached counted in."""
    return int(psutil.virtual_memory().available)


def routes() -> list[Route]:
    """The routes of this machine in every table, a VPN's own too; none where there is no `ip`.

    Left out are the default route and what every machine has: its own and broadcast addresses, multicast, link-local.
    """
    found = []
    for family in ("-4", "-6"):
        command = ["ip", family, "-json", "route", "show", "table", "all"]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
            found += [item for item in json.loads(ran.stdout or "[]") if item.get("type", "unicast") in ROUTED]
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return []
    usual = ("default", "fe80:", "ff00:", "0.0.0.0/1", "128.0.0.0/1")  # the halves are how a VPN writes "default"
    return [Route(item["dst"], item.get("dev", item.get("type"))) for item in found if not item["dst"].startswith(usual)]


def name_servers() -> list[str]:
    """The addresses of the name servers that containers are given: with systemd-resolved, those that it asks itself."""
    found = _name_servers(Path("/etc/resolv.conf"))
    return (found == ["127.0.0.53"] and _name_servers(Path("/run/systemd/resolve/resolv.conf"))) or found


def _name_servers(file: Path) -> list[str]:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return []
    return [line.split()[1].split("%")[0] for line in lines if re.match(r"nameserver\s+\S", line)]


def addresses(name: str) -> list[str]:
    """The addresses of a host name, as this machine's resolver knows them; none when it knows none."""
    try:
        return sorted({str(item[4][0]).split("%")[0] for item in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def own_addresses() -> list[str]:
    """The IP addresses of this machine."""
    families = (socket.AF_INET, socket.AF_INET6)
    found = (item for items in psutil.net_if_addrs().values() for item in items if item.family in families)
    return sorted({item.address.split("%")[0] for item in found})


def interfaces() -> set[str]:
    """The names of this machine's network interfaces."""
    return set(psutil.net_if_addrs())


def apt_mirror() -> str:
    """The first mirror on the web that this machine's apt is set to, of whichever distribution; "" for none."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next((line for line in listed.splitlines() if line.startswith("http")), "")

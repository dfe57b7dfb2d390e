"""Facts about this server: disk, memory, GPUs, routes, addresses. Changes nothing."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

ROUTED = ("unicast", "blackhole", "unreachable", "prohibit", "throw")
"""The types of routes for packets to other hosts: man ip-route."""


@dataclass(frozen=True)
class Disk:
    """A file system. `total`, `free`: bytes; `inodes`: how many files it can hold, 0 where there is no limit (Btrfs)."""

    folder: Path
    total: int
    free: int
    inodes: int
    inodes_free: int


@dataclass(frozen=True)
class Route:
    """A route of this server: packets for `to`, a subnet or an address, leave by `device`."""

    to: str
    device: str


def memory() -> int:
    """The bytes of memory of this server."""
    return int(psutil.virtual_memory().total)


def cpus() -> int:
    """The number of CPUs of this server."""
    return psutil.cpu_count() or 1


def gpus() -> tuple[str, ...]:
    """The ids of this server's NVIDIA GPUs; none without their driver."""
    try:
        command = ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(ran.stdout.split()) if ran.returncode == 0 else ()


def disk(folder: Path) -> Disk:
    """The file system of a folder. Raises OSError if the folder is not on this server."""
    state = os.statvfs(folder)
    return Disk(folder, state.f_blocks * state.f_frsize, state.f_bavail * state.f_frsize, state.f_files, state.f_favail)


def free_memory() -> int:
    """The bytes of memory that programs can still get, including caches."""
    return int(psutil.virtual_memory().available)


def routes() -> list[Route]:
    """This server's routes in all tables, including a VPN's own; none without the program `ip`.

    Without the default route, and without those that every server has: local, broadcast, multicast, link-local.
    """
    printed = []
    for family in ("-4", "-6"):
        command = ["ip", family, "-json", "route", "show", "table", "all"]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
            printed += [item for item in json.loads(ran.stdout or "[]") if item.get("type", "unicast") in ROUTED]
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return []
    usual = ("default", "fe80:", "ff00:", "0.0.0.0/1", "128.0.0.0/1")  # a VPN writes "default" as two halves
    return [Route(item["dst"], item.get("dev", item.get("type"))) for item in printed if not item["dst"].startswith(usual)]


def name_servers() -> list[str]:
    """The addresses of the name servers that Docker gives containers: with systemd-resolved, those that it uses itself."""
    servers = _name_servers(Path("/etc/resolv.conf"))
    if servers == ["127.0.0.53"]:
        return _name_servers(Path("/run/systemd/resolve/resolv.conf")) or servers
    return servers


def _name_servers(file: Path) -> list[str]:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return []
    return [line.split()[1].split("%")[0] for line in lines if re.match(r"nameserver\s+\S", line)]


def addresses(name: str) -> list[str]:
    """The addresses of a host name from this server's resolver; none for an unknown name."""
    try:
        return sorted({str(item[4][0]).split("%")[0] for item in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def own_addresses() -> list[str]:
    """This server's IP addresses."""
    families = (socket.AF_INET, socket.AF_INET6)
    addresses = (item for items in psutil.net_if_addrs().values() for item in items if item.family in families)
    return sorted({item.address.split("%")[0] for item in addresses})


def interfaces() -> set[str]:
    """The names of this server's network interfaces."""
    return set(psutil.net_if_addrs())

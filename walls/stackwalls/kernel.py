"""This server's kernel: nftables rules, the users' bridge, and name look-ups."""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from stackwalls.rules import Destination
from stackwalls.ruleset import table

SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B  # netdevice(7)
NFT_TIMEOUT = 20
"""Seconds."""

BRIDGES = Path("/sys/class/net")


class KernelError(Exception):
    """The kernel has refused the rules; the message is nft's."""


def subnet(bridge: str) -> IPv4Network | None:
    """The subnet of a bridge; None while there is no bridge of that name."""
    request = struct.pack("256s", bridge.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            address, mask = (IPv4Address(fcntl.ioctl(sock, call, request)[20:24]) for call in (SIOCGIFADDR, SIOCGIFNETMASK))
        except OSError:
            return None
    return IPv4Network(f"{address}/{mask}", strict=False)


def containers(bridge: str) -> int:
    """The number of containers on a bridge."""
    ports = BRIDGES / bridge / "brif"
    return len(list(ports.iterdir())) if ports.exists() else 0


def addresses(destination: Destination) -> list[IPv4Network]:
    """The addresses of a destination, by this server's resolver. Raises OSError when it knows none."""
    if destination.network is not None:
        return [destination.network]
    texts = {str(item[4][0]) for item in socket.getaddrinfo(destination.host, None, socket.AF_INET, socket.SOCK_STREAM)}
    return [IPv4Network(item) for item in sorted(texts)]


def load(text: str) -> None:
    """Load rules, all of them or none. Raises KernelError."""
    ran = _nft("--file", "-", stdin=text)
    if ran.returncode != 0:
        raise KernelError(ran.stderr.strip())


def _nft(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["nft", *arguments], input=stdin, capture_output=True, text=True, timeout=NFT_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise KernelError(f"nft did not finish within {NFT_TIMEOUT} seconds") from None


def loaded(name: str) -> str:
    """The stack's tables as the kernel lists them, without what it counts; "" when one is missing."""
    texts = []
    for family in ("bridge", "inet"):
        ran = _nft("--terse", "list", "table", family, table(name))
        texts.append(ran.stdout if ran.returncode == 0 else "")
    return "".join(texts) if all(texts) else ""

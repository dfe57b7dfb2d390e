"""What this server's kernel says of networks, and is told: nft, and the users' bridge."""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from stackwalls.rules import Place
from stackwalls.ruleset import table

SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B  # netdevice(7)
NFT_SECONDS = 20
BRIDGES = Path("/sys/class/net")


class KernelError(Exception):
    """What nft said when the kernel would not have it."""


def subnet(bridge: str) -> IPv4Network | None:
    """The addresses on a bridge; None while there is none of that name."""
    request = struct.pack("256s", bridge.encode())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            address, mask = (
                IPv4Address(fcntl.ioctl(asking, what, request)[20:24]) for what in (SIOCGIFADDR, SIOCGIFNETMASK)
            )
        except OSError:
            return None
    return IPv4Network(f"{address}/{mask}", strict=False)


def containers(bridge: str) -> int:
    """How many containers are on a bridge."""
    ports = BRIDGES / bridge / "brif"
    return len(list(ports.iterdir())) if ports.exists() else 0


def addresses(place: Place) -> list[IPv4Network]:
    """A place's, as this server's resolver knows them. Raises OSError where it knows none."""
    if place.network is not None:
        return [place.network]
    found = {str(item[4][0]) for item in socket.getaddrinfo(place.host, None, socket.AF_INET, socket.SOCK_STREAM)}
    return [IPv4Network(item) for item in sorted(found)]


def load(text: str) -> None:
    """Put rules in place, all of them or none. Raises KernelError."""
    ran = _nft("--file", "-", given=text)
    if ran.returncode != 0:
        raise KernelError(ran.stderr.strip())


def _nft(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["nft", *arguments], input=given, capture_output=True, text=True, timeout=NFT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise KernelError(f"nft does not end within {NFT_SECONDS} seconds") from None


def standing(name: str) -> str:
    """The stack's tables as the kernel has them; "" when one is missing."""
    texts = []
    for family in ("bridge", "inet"):
        ran = _nft("list", "table", family, table(name))
        texts.append(ran.stdout if ran.returncode == 0 else "")
    return "".join(texts) if all(texts) else ""

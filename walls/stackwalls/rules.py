"""What notebook servers, hub and proxy may reach: from compose.yaml's settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import urlsplit

from contract.lists import items

RESOLV = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
"""Files with the name servers that Docker gives to containers; the second one exists with systemd-resolved."""

USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Destination:
    """A host name, address or network, and a port (None for all ports)."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Destination:
        """Read `10.1.2.0/24`, `gitlab.example.org:22` or a URL."""
        if "://" in text:
            parts = urlsplit(text)
            return cls(parts.hostname or "", parts.port or USUAL_PORTS[parts.scheme])
        host, _, port = text.partition(":")
        return cls(host, int(port) if port else None)

    @property
    def network(self) -> IPv4Network | None:
        """The address or network; None for a name."""
        return IPv4Network(self.host, strict=False) if re.fullmatch(r"[\d./]+", self.host) else None


@dataclass(frozen=True)
class Rules:
    """The rules of the stack `name`; on this server, its users' network is the bridge of that name.

    `exceptions`: what notebook servers may always reach. `own`: GitLab, mirrors and proxies, which the hub needs, and which
    notebook servers may reach when they have internet access.
    """

    name: str
    isolation: bool
    internet: bool
    private: bool
    exceptions: tuple[Destination, ...]
    own: tuple[Destination, ...]
    name_servers: tuple[str, ...]
    owner: int = 0
    """The user id of the checkout's owner, whose `stackctl` calls the hub."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ, resolv: Iterable[Path] = RESOLV) -> Rules:
        """Read the variables that compose.yaml sets, and the server's name servers. Raises KeyError and ValueError."""
        text = "\n".join(file.read_text() for file in resolv if file.exists())
        servers = set(re.findall(r"^nameserver\s+(\S+)", text, re.M))
        gitlab = environ["GITLAB_URL"] if environ["STACK_AUTH"] == "gitlab" else ""
        return cls(
            name=environ["STACK_NAME"],
            isolation=environ["STACK_ISOLATION"] != "off",
            internet=environ["STACK_EGRESS"] != "none",
            private=environ["STACK_EGRESS_PRIVATE"] == "allow",
            exceptions=tuple(map(Destination.parse, items(environ["STACK_EGRESS_EXCEPTIONS"]))),
            own=tuple(map(Destination.parse, items(f"{gitlab},{environ['STACKCTL_PLACES']}"))),
            name_servers=tuple(sorted(item for item in servers if re.fullmatch(r"(?!127\.)[\d.]+", item))),
            owner=int(environ["STACKCTL_OWNER"]),
        )

    @property
    def dns_for_users(self) -> bool:
        """Whether notebook servers may use DNS. Only where they need it: data can be leaked through look-ups."""
        return self.internet or any(item.network is None for item in self.exceptions)

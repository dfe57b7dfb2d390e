"""What is let through: from compose.yaml's settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import urlsplit

RESOLV = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
"""Where the name servers are that containers are given, the second one's with systemd-resolved."""

USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Place:
    """A host's name, or an address or network; and its port, None for all."""

    host: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Place:
        """From `10.1.2.0/24`, `gitlab.example.org:22` or a web address."""
        if "://" in text:
            parts = urlsplit(text)
            return cls(parts.hostname or "", parts.port or USUAL_PORTS[parts.scheme])
        host, _, port = text.partition(":")
        return cls(host, int(port) if port else None)

    @property
    def network(self) -> IPv4Network | None:
        """None for a name."""
        return IPv4Network(self.host, strict=False) if re.fullmatch(r"[\d./]+", self.host) else None


@dataclass(frozen=True)
class Rules:
    """What holds for the stack `name`, whose users' network is the bridge of that name on this server.

    `exceptions`: where notebook servers may go, whatever else is closed. `own`: where the hub has to, and
    notebook servers when they have the internet: GitLab, mirrors, proxies.
    """

    name: str
    isolation: bool
    internet: bool
    private: bool
    exceptions: tuple[Place, ...]
    own: tuple[Place, ...]
    name_servers: tuple[str, ...]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ, resolv: Iterable[Path] = RESOLV) -> Rules:
        """Read the variables that compose.yaml sets, and the server's own name servers. Raises KeyError, ValueError."""
        text = "\n".join(file.read_text() for file in resolv if file.exists())
        servers = set(re.findall(r"^nameserver\s+(\S+)", text, re.M))
        gitlab = environ["GITLAB_URL"] if environ["STACK_AUTH"] == "gitlab" else ""
        return cls(
            name=environ["STACK_NAME"],
            isolation=environ["STACK_ISOLATION"] != "off",
            internet=environ["STACK_EGRESS"] != "none",
            private=environ["STACK_EGRESS_PRIVATE"] == "allow",
            exceptions=tuple(map(Place.parse, _items(environ["STACK_EGRESS_EXCEPTIONS"]))),
            own=tuple(map(Place.parse, _items(f"{gitlab},{environ['STACKCTL_PLACES']}"))),
            name_servers=tuple(sorted(item for item in servers if re.fullmatch(r"(?!127\.)[\d.]+", item))),
        )

    @property
    def names_for_users(self) -> bool:
        """Whether notebook servers may ask the name servers, through which a patient one could say a lot."""
        return self.internet or any(place.network is None for place in self.exceptions)


def _items(value: str) -> list[str]:
    return [item for item in (part.strip() for part in value.split(",")) if item]

"""Networks, through the Docker Engine's API: a part of Engine (client.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import docker


@dataclass(frozen=True)
class Network:
    """A Docker network: its name, subnets in CIDR form, the bridge interface on this server, and its labels."""

    name: str
    subnets: tuple[str, ...]
    bridge: str
    labels: Mapping[str, str]


class EngineNetworks:
    """The engine's calls about networks."""

    _client: docker.DockerClient

    def networks(self) -> list[Network]:
        """All networks that have subnets."""
        return [_network(item) for item in self._client.api.networks() if item.get("IPAM", {}).get("Config")]


def _network(attrs: dict[str, Any]) -> Network:
    options = attrs.get("Options") or {}
    return Network(
        name=attrs["Name"],
        subnets=tuple(item["Subnet"] for item in attrs["IPAM"]["Config"] if item.get("Subnet")),
        bridge=options.get("com.docker.network.bridge.name") or f"br-{attrs['Id'][:12]}",
        labels=attrs.get("Labels") or {},
    )

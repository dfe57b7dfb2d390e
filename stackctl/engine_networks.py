"""What the Docker Engine's API says of networks and of itself: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

from typing import Any

import docker

from stackctl.checks.networks import Network


class EngineNetworks:
    """Calls to the engine about networks."""

    _client: docker.DockerClient

    def info(self) -> dict[str, Any]:
        """What `docker info` shows."""
        return dict(self._client.info())

    def networks(self) -> list[Network]:
        """Every network that has addresses of its own on this server."""
        found = self._client.api.networks()
        return [_network(item) for item in found if item.get("IPAM", {}).get("Config")]

    def bridge_of(self, network: str) -> str:
        """The bridge of a network; "" where there is no such network."""
        return next((item.bridge for item in self.networks() if item.name == network), "")

    def remove_network(self, network: str) -> None:
        """Remove a network that there is, from under what is on it."""
        found = self._client.networks.get(network)
        found.reload()
        for container in found.attrs["Containers"]:
            found.disconnect(container, force=True)
        found.remove()

    def addresses(self) -> set[str]:
        """The addresses of all running containers."""
        found = [item["NetworkSettings"]["Networks"].values() for item in self._client.api.containers()]
        return {str(network["IPAddress"]) for networks in found for network in networks} - {""}


def _network(attrs: dict[str, Any]) -> Network:
    options = attrs.get("Options") or {}
    return Network(
        name=attrs["Name"],
        subnets=tuple(item["Subnet"] for item in attrs["IPAM"]["Config"] if item.get("Subnet")),
        bridge=options.get("com.docker.network.bridge.name") or f"br-{attrs['Id'][:12]}",
        labels=attrs.get("Labels") or {},
    )

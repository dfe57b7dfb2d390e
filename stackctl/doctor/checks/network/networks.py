"""Do other networks on this server have the names or addresses of the stack's Docker networks?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address, ip_network

from contract.names import COMPOSE_PROJECT, users_network
from stackctl.engine.networks import Network
from stackctl.host.machine import Route
from stackctl.ui.check import Check

POOLS = [
    *[(f"172.{number}.0.0/{bits}", 16) for number, bits in ((17, 16), (18, 16), (19, 16), (20, 14), (24, 14), (28, 14))],
    ("192.168.0.0/16", 20),
]
"""Docker's address pools without default-address-pools, each with the prefix length of the networks in it.

https://docs.docker.com/engine/network/#subnet-allocation
"""

OTHER_POOL = "default-address-pools in /etc/docker/daemon.json: docs/doctor.md, 'Addresses'"


def of(stack: str, networks: Iterable[Network]) -> list[Network]:
    """The stack's own networks."""
    return [item for item in networks if item.labels.get(COMPOSE_PROJECT) == stack]


def names(stack: str, networks: Iterable[Network]) -> Iterator[Check]:
    """A failure for each foreign network with a name that the stack needs: Compose would not use it."""
    for item in networks:
        project = item.labels.get(COMPOSE_PROJECT)
        if item.name in (users_network(stack), f"{stack}_edge") and project != stack:
            origin = f"of the Compose project {project}" if project else "that was created by hand"
            fix = f"If nothing needs it: docker network rm {item.name}; or set another STACK_NAME in .env."
            yield Check("fail", f"There is a network {item.name} {origin}.", fix)


def bridge(stack: str, networks: Iterable[Network], interfaces: Collection[str]) -> Iterator[Check]:
    """A failure if another network interface has the stack's name, which is the name of its users' bridge."""
    if stack in interfaces and not any(item.bridge == stack and item.name == users_network(stack) for item in networks):
        message = f"This server already has a network interface {stack}, and the stack needs that name for its own."
        yield Check("fail", message, "Set another STACK_NAME in .env.")


def routes(networks: Iterable[Network], routes: Sequence[Route]) -> Iterator[Check]:
    """Routes, of a VPN for instance, that overlap the stack's networks."""
    for network in networks:
        for subnet in network.subnets:
            for route in routes:
                if route.device != network.bridge and _overlap(subnet, route.to):
                    yield _clash(network, subnet, route)


def unreachable(networks: Iterable[Network], hosts: Mapping[str, Iterable[str]], local: Collection[str]) -> Iterator[Check]:
    """Hosts with an address that is in a Docker network, so that packets for them go to that network instead.

    `hosts`: addresses by name; `local`: the addresses of this server and its containers, which are right there.
    """
    for network in networks:
        for host, addresses in hosts.items():
            inside = [item for item in addresses if item not in local and any(_inside(item, net) for net in network.subnets)]
            if inside:
                message = f"{host} has the address {inside[0]}, which is in the Docker network {network.name}: "
                message += "this server and its containers cannot reach it."
                yield Check("fail", message, f"Give Docker other addresses ({OTHER_POOL}), then recreate the network.")


def room(
    networks: Sequence[Network], routes: Iterable[Route], needed: int, pools: Sequence[tuple[str, int]] = POOLS
) -> Check:
    """Whether Docker has subnets for `needed` more networks. It takes the first that overlaps no network or route."""
    taken = [subnet for network in networks for subnet in network.subnets] + [route.to for route in routes]
    free = sum(
        1
        for base, size in pools
        for subnet in ip_network(base).subnets(new_prefix=max(size, ip_network(base).prefixlen))
        if not any(_overlap(str(subnet), other) for other in taken)
    )
    fix = f"Remove unused networks: docker network prune; or give Docker more addresses: {OTHER_POOL}."
    if free < needed:
        return Check("fail", f"Docker has {free} subnets left for new networks, and the stack needs {needed}.", fix)
    if free < 2:
        return Check("warn", f"Docker has {free} subnets left for new networks.", fix)
    return Check("ok", f"Docker has {free} subnets left for new networks.")


def _clash(network: Network, subnet: str, route: Route) -> Check:
    if ip_network(route.to).prefixlen < ip_network(subnet).prefixlen:
        message = f"The route to {route.to} ({route.device}) includes {subnet}, the Docker network {network.name}: "
        message += "this server does not reach the part of the route's network that has those addresses."
        return Check("warn", message, f"If you need something there, give Docker other addresses: {OTHER_POOL}.")
    message = f"The route to {route.to} ({route.device}) takes addresses of the Docker network {network.name} ({subnet}): "
    message += "containers with these addresses cannot be reached."
    return Check("fail", message, f"Remove the route, perhaps a VPN's (ip route show {route.to}); or set {OTHER_POOL}.")


def _overlap(one: str, other: str) -> bool:
    first, second = ip_network(one, strict=False), ip_network(other, strict=False)
    return first.version == second.version and first.overlaps(second)


def _inside(address: str, subnet: str) -> bool:
    return ip_address(address) in ip_network(subnet, strict=False)

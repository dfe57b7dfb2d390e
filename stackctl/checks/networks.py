"""Names and addresses of Docker's networks: whose they are, and what else on this server goes by them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from stackctl.checks import Check

PROJECT = "com.docker.compose.project"
POOLS = [
    *[(f"172.{number}.0.0/{bits}", 16) for number, bits in ((17, 16), (18, 16), (19, 16), (20, 14), (24, 14), (28, 14))],
    ("192.168.0.0/16", 20),
]
"""What Docker takes networks from where default-address-pools is not set, and how large each is.

https://docs.docker.com/engine/network/#subnet-allocation
"""

OTHER_POOL = "default-address-pools in /etc/docker/daemon.json: docs/doctor.md, 'Addresses'"


@dataclass(frozen=True)
class Network:
    """A network of Docker's: its subnets, the bridge on this server that has them, and its labels."""

    name: str
    subnets: tuple[str, ...]
    bridge: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Route:
    """Where this server sends what is for `to`: a subnet or an address, and the device."""

    to: str
    device: str


def of(stack: str, networks: Iterable[Network]) -> list[Network]:
    """The stack's own."""
    return [item for item in networks if item.labels.get(PROJECT) == stack]


def names(stack: str, networks: Iterable[Network]) -> Iterator[Check]:
    """A failure for each network that has a name of the stack's and is not the stack's: Compose would not use it."""
    for item in networks:
        if item.name in (f"{stack}-users", f"{stack}_edge") and item.labels.get(PROJECT) != stack:
            whose = item.labels.get(PROJECT)
            of = f"of the Compose project {whose}" if whose else "that somebody made by hand"
            fix = f"Remove it, when nothing needs it: docker network rm {item.name}; or set another STACK_NAME in .env."
            yield Check("fail", f"There is a network {item.name} {of}.", fix)


def bridge(stack: str, networks: Iterable[Network], interfaces: Collection[str]) -> Iterator[Check]:
    """A failure where the stack's name, which its users' bridge has, is that of another network interface here."""
    if stack in interfaces and not any(item.bridge == stack and item.name == f"{stack}-users" for item in networks):
        what = f"This server has a network interface {stack} already, and the stack would give its own that name."
        yield Check("fail", what, "Set another STACK_NAME in .env.")


def routes(networks: Iterable[Network], routes: Sequence[Route]) -> Iterator[Check]:
    """What this server sends elsewhere, by a VPN perhaps, of the addresses of the stack's networks, and the reverse."""
    for network in networks:
        for subnet in network.subnets:
            for route in routes:
                if route.device != network.bridge and _overlap(subnet, route.to):
                    yield _clash(network, subnet, route)


def unreachable(networks: Iterable[Network], places: Mapping[str, Iterable[str]], there: Collection[str]) -> Iterator[Check]:
    """Places whose address is one of a Docker network's, where containers look for it, and not `there`.

    `places`: addresses by name; `there`: those of this server itself and of containers.
    """
    for network in networks:
        for place, addresses in places.items():
            elsewhere = [item for item in addresses if item not in there]
            inside = [item for item in elsewhere if any(_inside(item, subnet) for subnet in network.subnets)]
            if inside:
                what = f"{place} has the address {inside[0]}, which is in Docker's network {network.name}: "
                what += "this server and its containers look for it there, and do not find it."
                yield Check("fail", what, f"Give Docker other addresses ({OTHER_POOL}), then make the network anew.")


def room(
    networks: Sequence[Network], routes: Iterable[Route], needed: int, pools: Sequence[tuple[str, int]] = POOLS
) -> Check:
    """Whether Docker still has subnets for `needed` more networks: it takes the first that nothing here overlaps."""
    taken = [subnet for network in networks for subnet in network.subnets] + [route.to for route in routes]
    free = sum(
        1
        for base, size in pools
        for subnet in ip_network(base).subnets(new_prefix=max(size, ip_network(base).prefixlen))
        if not any(_overlap(str(subnet), other) for other in taken)
    )
    fix = f"Remove networks that nobody uses: docker network prune; or give Docker more: {OTHER_POOL}."
    if free < needed:
        return Check("fail", f"Docker has {free} subnets left for new networks, and the stack needs {needed}.", fix)
    if free < 2:
        return Check("warn", f"Docker has {free} subnets left for new networks.", fix)
    return Check("ok", f"Docker has {free} subnets left for new networks.")


def _clash(network: Network, subnet: str, route: Route) -> Check:
    if ip_network(route.to).prefixlen < ip_network(subnet).prefixlen:
        what = f"{route.to} (by {route.device}) holds {subnet}, which is Docker's network {network.name}: "
        what += "what is there of the former is not reached from this server."
        return Check("warn", what, f"If something you need is there, give Docker other addresses: {OTHER_POOL}.")
    what = f"{route.to}, of Docker's network {network.name} ({subnet}), goes to {route.device} on this server: "
    what += "containers with these addresses are not reached."
    return Check("fail", what, f"Take the route out (a VPN's, perhaps: ip route show {route.to}); or {OTHER_POOL}.")


def _overlap(one: str, other: str) -> bool:
    first, second = ip_network(one, strict=False), ip_network(other, strict=False)
    return first.version == second.version and first.overlaps(second)


def _inside(address: str, subnet: str) -> bool:
    return ip_address(address) in ip_network(subnet, strict=False)

"""The firewall's rules in nft's syntax. https://www.netfilter.org/projects/nftables/manpage.html

The rules tell hub and proxy from notebook servers by MAC addresses, which compose.yaml sets. A notebook server has no
capability, so it cannot take another address. Between containers there is no connection tracking, which not every kernel
has on a bridge: the rules only say who may open a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from contract.network import HUB_MAC, HUB_PORT, NEVER, NOTEBOOK_PORT, PROXY_MAC
from stackwalls.rules import Destination, Rules

PRIVATE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15"),
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry/"""

HUB_RATE = "20/second burst 200 packets"
"""How fast one notebook server may open connections to the hub; JupyterLab opens a few in a minute."""

CONNECTIONS = 4096
"""How many connections one container may have to other networks: pip, Git and Dask need dozens. The kernel's table of them
belongs to the whole server, and has room for some 260,000 (nf_conntrack_max)."""

SETS = {
    "bridge": "set opening { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }",
    "inet": "set connections { type ipv4_addr; size 65535; flags dynamic; }",
}
"""Where the kernel counts, by address."""

Resolve = Callable[[Destination], Iterable[IPv4Network]]
NOT_OPENING = "tcp flags & (syn | ack) != syn"
REJECT = "reject with icmpx admin-prohibited"


def ruleset(rules: Rules, subnet: IPv4Network, resolve: Resolve) -> str:
    """The commands that replace the stack's two tables. `subnet`: of the users' network."""
    chains = {
        "bridge": {"forward": ("forward", between(rules, subnet, resolve))},
        "inet": {
            "input": ("input", to_server(rules, resolve)),
            "forward": ("forward", outbound(rules, resolve)),
            "output": ("output", from_server(rules)),
        },
    }
    return "".join(f"{removal(rules.name, family)}{_table(family, rules.name, chains[family])}" for family in chains)


def removal(name: str, *families: str) -> str:
    """The commands that remove a stack's tables, whether they exist or not."""
    return "".join(f"add table {family} {table(name)}\ndelete table {family} {table(name)}\n" for family in families)


def table(name: str) -> str:
    """The name of a stack's tables."""
    return f"stackhub-{name}"


def _table(family: str, name: str, chains: Mapping[str, tuple[str, Iterable[str]]]) -> str:
    body = f"  {SETS[family]}\n"
    for chain, (hook, lines) in chains.items():
        rules = "".join(f"    {line}\n" for line in lines)
        body += f"  chain {chain} {{\n    type filter hook {hook} priority -1; policy accept;\n{rules}  }}\n"
    return f"table {family} {table(name)} {{\n{body}}}\n"


def between(rules: Rules, subnet: IPv4Network, resolve: Resolve) -> Iterator[str]:
    """Between containers on the users' network. Broadcast and multicast are for addresses that nothing here accepts."""
    services = f"{{ {HUB_MAC}, {PROXY_MAC} }}"
    yield f"ip saddr != {subnet} accept"
    yield "ether type != ip accept"  # containers have no IPv6 addresses, and may not send frames of their own
    yield f"ether saddr {services} ether daddr {services} accept"
    yield from _exceptions(rules, resolve)
    yield from _answers(rules, resolve)
    yield f"ether saddr {services} tcp dport {NOTEBOOK_PORT} accept"
    yield f"ether daddr {services} tcp sport {NOTEBOOK_PORT} {NOT_OPENING} accept"
    opening = f"ether daddr {HUB_MAC} tcp dport {HUB_PORT} tcp flags & (syn | ack) == syn"
    yield f"{opening} update @opening {{ ip saddr limit rate over {HUB_RATE} }} drop"
    yield f"ether daddr {HUB_MAC} tcp dport {HUB_PORT} accept"
    yield f"ether saddr {HUB_MAC} tcp sport {HUB_PORT} {NOT_OPENING} accept"
    yield "drop"


def to_server(rules: Rules, resolve: Resolve) -> Iterator[str]:
    """From the users' network to this server itself."""
    yield f'iifname != "{rules.name}" accept'
    yield "ct state established,related accept"
    yield from _dns(rules)
    yield _never()
    yield from _exceptions(rules, resolve)
    yield REJECT


def from_server(rules: Rules) -> Iterator[str]:
    """From this server itself to the users' network: hub, proxy and notebook servers count on nginx before them."""
    yield f'oifname != "{rules.name}" accept'
    yield "ct state established,related accept"
    yield f"meta skuid != {{ {', '.join(map(str, sorted({0, rules.owner})))} }} {REJECT}"


def outbound(rules: Rules, resolve: Resolve) -> Iterator[str]:
    """From the users' network to other networks, and back."""
    yield f'iifname "{rules.name}" oifname "{rules.name}" accept'
    yield f'oifname "{rules.name}" ct state != {{ established, related }} drop'
    yield f'iifname != "{rules.name}" accept'
    yield "ct state established,related accept"
    yield f"ct state new add @connections {{ ip saddr ct count over {CONNECTIONS} }} {REJECT}"
    yield f"ether saddr {PROXY_MAC} {REJECT}"
    yield from _dns(rules)
    yield _never()
    yield from _exceptions(rules, resolve)
    if not rules.private:
        yield f"ip daddr {{ {', '.join(PRIVATE)} }} {REJECT}"
    if not rules.internet:
        yield f"ether saddr != {HUB_MAC} {REJECT}"


def _never() -> str:
    """Comes before the exceptions: the name of one could resolve to 169.254.169.254."""
    return f"ip daddr {{ {', '.join(NEVER)} }} {REJECT}"


def _dns(rules: Rules) -> Iterator[str]:
    source = "" if rules.dns_for_users else f"ether saddr {HUB_MAC} "
    for server in rules.name_servers:
        yield f"{source}ip daddr {server} meta l4proto {{ tcp, udp }} th dport 53 accept"


def _exceptions(rules: Rules, resolve: Resolve) -> Iterator[str]:
    own_source = "" if rules.internet else f"ether saddr {HUB_MAC} "
    for item, source in [*((item, "") for item in rules.exceptions), *((item, own_source) for item in rules.own)]:
        yield from (f"{source}ip daddr {network}{_port(item, 'dport')} accept" for network in resolve(item))


def _answers(rules: Rules, resolve: Resolve) -> Iterator[str]:
    """From an exception that is itself on the users' network."""
    for item in rules.exceptions + rules.own:
        yield from (f"ip saddr {network}{_port(item, 'sport')} accept" for network in resolve(item))


def _port(destination: Destination, direction: str) -> str:
    return f" meta l4proto {{ tcp, udp }} th {direction} {destination.port}" if destination.port else ""

"""The rules as nft takes them. https://www.netfilter.org/projects/nftables/manpage.html

Hub and proxy are told from notebook servers by their MAC addresses, which compose.yaml sets; notebook servers, without any
capability, cannot take another's. Nothing here remembers a connection between containers: only who may begin one matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from stackwalls.rules import Place, Rules

HUB, PROXY = "02:00:00:00:00:01", "02:00:00:00:00:02"
"""compose.yaml; they only have to differ from others' on the same network."""

API, NOTEBOOK = 8081, 8888
"""The ports of the hub's API and of every notebook server."""

PRIVATE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15"),
)
"""https://www.iana.org/assignments/iana-ipv4-special-registry/"""

NEVER = ("169.254.0.0/16", "224.0.0.0/3")
"""Link-local, where clouds keep the server's own credentials; multicast, and what is beyond."""

Resolve = Callable[[Place], Iterable[IPv4Network]]
ANSWER = "tcp flags & (syn | ack) != syn"
NO = "reject with icmpx admin-prohibited"


def ruleset(rules: Rules, subnet: IPv4Network, resolve: Resolve) -> str:
    """The stack's two tables, in place of those that are there. `subnet`: the users' network's."""
    chains = {
        "bridge": {"forward": ("forward", between(rules, subnet, resolve))},
        "inet": {"input": ("input", to_server(rules, resolve)), "forward": ("forward", outwards(rules, resolve))},
    }
    return "".join(f"{removal(rules.name, family)}{_table(family, rules.name, chains[family])}" for family in chains)


def removal(name: str, *families: str) -> str:
    """The tables of a stack taken away, whether they are there or not."""
    return "".join(f"add table {family} {table(name)}\ndelete table {family} {table(name)}\n" for family in families)


def table(name: str) -> str:
    """What a stack's tables are called."""
    return f"stackhub-{name}"


def _table(family: str, name: str, chains: Mapping[str, tuple[str, Iterable[str]]]) -> str:
    body = ""
    for chain, (hook, lines) in chains.items():
        rules = "".join(f"    {line}\n" for line in lines)
        body += f"  chain {chain} {{\n    type filter hook {hook} priority -1; policy accept;\n{rules}  }}\n"
    return f"table {family} {table(name)} {{\n{body}}}\n"


def between(rules: Rules, subnet: IPv4Network, resolve: Resolve) -> Iterator[str]:
    """From container to container of the users' network."""
    services = f"{{ {HUB}, {PROXY} }}"
    yield f"ip saddr != {subnet} accept"
    yield f"ip daddr != {subnet} accept"
    yield "ether type != ip accept"
    yield f"ether saddr {services} ether daddr {services} accept"
    yield from _exceptions(rules, resolve)
    yield from _answers(rules, resolve)
    yield f"ether saddr {services} tcp dport {NOTEBOOK} accept"
    yield f"ether daddr {services} tcp sport {NOTEBOOK} {ANSWER} accept"
    yield f"ether daddr {HUB} tcp dport {API} accept"
    yield f"ether saddr {HUB} tcp sport {API} {ANSWER} accept"
    yield "drop"


def to_server(rules: Rules, resolve: Resolve) -> Iterator[str]:
    """From the users' network to this server itself."""
    yield f'iifname != "{rules.name}" accept'
    yield "ct state established,related accept"
    yield from _names(rules)
    yield from _exceptions(rules, resolve)
    yield NO


def outwards(rules: Rules, resolve: Resolve) -> Iterator[str]:
    """From the users' network to others, and back."""
    yield f'iifname "{rules.name}" oifname "{rules.name}" accept'
    yield f'oifname "{rules.name}" ct state != {{ established, related }} drop'
    yield f'iifname != "{rules.name}" accept'
    yield "ct state established,related accept"
    yield f"ether saddr {PROXY} {NO}"
    yield from _names(rules)
    yield from _exceptions(rules, resolve)
    yield f"ip daddr {{ {', '.join(NEVER)} }} {NO}"
    if not rules.private:
        yield f"ip daddr {{ {', '.join(PRIVATE)} }} {NO}"
    if not rules.internet:
        yield f"ether saddr != {HUB} {NO}"


def _names(rules: Rules) -> Iterator[str]:
    whose = "" if rules.names_for_users else f"ether saddr {HUB} "
    for server in rules.name_servers:
        yield f"{whose}ip daddr {server} meta l4proto {{ tcp, udp }} th dport 53 accept"


def _exceptions(rules: Rules, resolve: Resolve) -> Iterator[str]:
    whose = "" if rules.internet else f"ether saddr {HUB} "
    for place, who in [*((place, "") for place in rules.exceptions), *((place, whose) for place in rules.own)]:
        yield from (f"{who}ip daddr {network}{_port(place, 'dport')} accept" for network in resolve(place))


def _answers(rules: Rules, resolve: Resolve) -> Iterator[str]:
    """Of an exception that is on the users' network itself."""
    for place in rules.exceptions + rules.own:
        yield from (f"ip saddr {network}{_port(place, 'sport')} accept" for network in resolve(place))


def _port(place: Place, which: str) -> str:
    return f" meta l4proto {{ tcp, udp }} th {which} {place.port}" if place.port else ""

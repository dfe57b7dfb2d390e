"""The rules as text; tests/attack/test_walls.py tries them on a real network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import yaml

from contract.network import HUB_MAC, NEVER, PROXY_MAC
from stackwalls.rules import Destination, Rules
from stackwalls.ruleset import between, from_server, outbound, removal, ruleset, to_server
from tests.support.checkout import ROOT

SUBNET = IPv4Network("172.20.0.0/16")
NAS, GITLAB = Destination("nas.example.org", 2049), Destination("10.9.9.9", 443)
KNOWN = {NAS: [IPv4Network("10.1.1.1/32"), IPv4Network("10.1.1.2/32")], GITLAB: [IPv4Network("10.9.9.9/32")]}
RULES = Rules("team", True, True, False, (NAS,), (GITLAB,), ("10.0.0.53",))


def resolve(destination: Destination) -> Iterable[IPv4Network]:
    return KNOWN.get(destination, [])


def test_an_exception_is_accepted_at_each_of_its_addresses_and_before_anything_else_is_refused() -> None:
    for lines in (list(between(RULES, SUBNET, resolve)), list(to_server(RULES, resolve)), list(outbound(RULES, resolve))):
        accepted = [f"ip daddr 10.1.1.{number}/32 meta l4proto {{ tcp, udp }} th dport 2049 accept" for number in (1, 2)]
        assert accepted == [line for line in lines if "2049" in line and "daddr" in line]
        refused = [
            number
            for number, line in enumerate(lines)
            if line in ("drop", "reject with icmpx admin-prohibited") or line.startswith("ip daddr { 0.0.0.0/8")
        ]
        assert lines.index(accepted[-1]) < min(refused)


def test_an_exception_never_opens_the_metadata_address() -> None:
    """Its name may lead there."""
    for lines in (list(to_server(RULES, resolve)), list(outbound(RULES, resolve))):
        never = next(number for number, line in enumerate(lines) if NEVER[0] in line)
        assert lines[never] == f"ip daddr {{ {', '.join(NEVER)} }} reject with icmpx admin-prohibited"
        assert never < min(number for number, line in enumerate(lines) if "2049" in line)


def test_what_is_for_no_container_is_accepted_nowhere() -> None:
    """Broadcast and multicast."""
    assert not [line for line in between(RULES, SUBNET, resolve) if "ip daddr !=" in line]


def test_only_root_and_the_owner_of_the_checkout_reach_the_network_from_this_server() -> None:
    assert list(from_server(RULES))[-1] == "meta skuid != { 0 } reject with icmpx admin-prohibited"
    assert (
        list(from_server(replace(RULES, owner=1234)))[-1] == "meta skuid != { 0, 1234 } reject with icmpx admin-prohibited"
    )


def test_an_unknown_name_accepts_nothing() -> None:
    assert not any("2049" in line for line in outbound(RULES, lambda _: []))


def test_without_internet_only_the_hub_reaches_gitlab() -> None:
    none = replace(RULES, internet=False)
    for rules, source in ((RULES, ""), (none, f"ether saddr {HUB_MAC} ")):
        assert f"{source}ip daddr 10.9.9.9/32 meta l4proto {{ tcp, udp }} th dport 443 accept" in list(
            outbound(rules, resolve)
        )
    assert list(outbound(none, resolve))[-1] == f"ether saddr != {HUB_MAC} reject with icmpx admin-prohibited"


def test_private_networks_can_be_allowed_and_the_metadata_address_never() -> None:
    allowed = "\n".join(outbound(replace(RULES, private=True), resolve))
    assert "10.0.0.0/8" not in allowed
    assert "169.254.0.0/16" in allowed
    assert "10.0.0.0/8" in "\n".join(outbound(RULES, resolve))


def test_each_table_is_replaced_at_once_and_belongs_to_this_stack() -> None:
    text = ruleset(RULES, SUBNET, resolve)
    assert re.findall(r"^(\w+ table \w+ \S+)|^(table \w+ \S+)", text, re.M) == [
        *[(f"{verb} table bridge stackhub-team", "") for verb in ("add", "delete")],
        ("", "table bridge stackhub-team"),
        *[(f"{verb} table inet stackhub-team", "") for verb in ("add", "delete")],
        ("", "table inet stackhub-team"),
    ]
    assert removal("team", "bridge", "inet").count("delete") == 2


def test_compose_gives_hub_and_proxy_the_addresses_in_the_rules() -> None:
    services = yaml.safe_load(Path(ROOT, "compose.yaml").read_text())["services"]
    addresses = {name: services[name]["networks"]["users"]["mac_address"] for name in ("hub", "proxy")}
    assert addresses == {"hub": HUB_MAC, "proxy": PROXY_MAC}

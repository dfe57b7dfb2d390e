"""The rules as text; whether they hold is tried by tests/attack/test_walls.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import yaml

from stackctl.walls import MACS
from stackwalls.rules import Place, Rules
from stackwalls.ruleset import HUB, PROXY, between, outwards, removal, ruleset, to_server
from tests.checkout import ROOT

SUBNET = IPv4Network("172.20.0.0/16")
NAS, GITLAB = Place("nas.example.org", 2049), Place("10.9.9.9", 443)
KNOWN = {NAS: [IPv4Network("10.1.1.1/32"), IPv4Network("10.1.1.2/32")], GITLAB: [IPv4Network("10.9.9.9/32")]}
RULES = Rules("team", True, True, False, (NAS,), (GITLAB,), ("10.0.0.53",))


def resolve(place: Place) -> Iterable[IPv4Network]:
    return KNOWN.get(place, [])


def test_an_exception_is_let_through_at_each_of_its_addresses_and_in_front_of_what_is_refused() -> None:
    for lines in (list(between(RULES, SUBNET, resolve)), list(to_server(RULES, resolve)), list(outwards(RULES, resolve))):
        let = [f"ip daddr 10.1.1.{number}/32 meta l4proto {{ tcp, udp }} th dport 2049 accept" for number in (1, 2)]
        assert let == [line for line in lines if "2049" in line and "daddr" in line]
        refused = [
            number for number, line in enumerate(lines) if line == "drop" or line.startswith(("ip daddr { ", "reject"))
        ]
        assert lines.index(let[-1]) < min(refused)


def test_a_name_that_is_not_known_lets_nothing_through() -> None:
    assert not any("2049" in line for line in outwards(RULES, lambda _: []))


def test_without_internet_gitlab_is_the_hubs_alone() -> None:
    none = replace(RULES, internet=False)
    for rules, whose in ((RULES, ""), (none, f"ether saddr {HUB} ")):
        assert f"{whose}ip daddr 10.9.9.9/32 meta l4proto {{ tcp, udp }} th dport 443 accept" in list(
            outwards(rules, resolve)
        )
    assert list(outwards(none, resolve))[-1] == f"ether saddr != {HUB} reject with icmpx admin-prohibited"


def test_private_networks_may_be_allowed_and_what_clouds_keep_never() -> None:
    allowed = "\n".join(outwards(replace(RULES, private=True), resolve))
    assert "10.0.0.0/8" not in allowed
    assert "169.254.0.0/16" in allowed
    assert "10.0.0.0/8" in "\n".join(outwards(RULES, resolve))


def test_each_table_is_replaced_in_one_go_and_is_this_stacks() -> None:
    text = ruleset(RULES, SUBNET, resolve)
    assert re.findall(r"^(\w+ table \w+ \S+)|^(table \w+ \S+)", text, re.M) == [
        *[(f"{verb} table bridge stackhub-team", "") for verb in ("add", "delete")],
        ("", "table bridge stackhub-team"),
        *[(f"{verb} table inet stackhub-team", "") for verb in ("add", "delete")],
        ("", "table inet stackhub-team"),
    ]
    assert removal("team", "bridge", "inet").count("delete") == 2


def test_hub_and_proxy_have_the_addresses_that_the_rules_know_them_by() -> None:
    services = yaml.safe_load(Path(ROOT, "compose.yaml").read_text())["services"]
    known = {name: services[name]["networks"]["users"]["mac_address"] for name in ("hub", "proxy")}
    assert known == MACS == {"hub": HUB, "proxy": PROXY}

"""Where STACK_HOST leads."""

from __future__ import annotations

import pytest

from stackctl.doctor.checks.network.host_name import check, subdomains
from stackctl.host import machine

OWN = ["127.0.0.1", "::1", "192.0.2.10", "2001:db8::10"]


@pytest.mark.parametrize(
    ("addresses", "level", "message"),
    [
        (["192.0.2.10"], "ok", "hub.example.org is this server (192.0.2.10)."),
        (["192.0.2.10", "2001:db8::10"], "ok", "is this server (192.0.2.10, 2001:db8::10)."),
        ([], "fail", "DNS does not know the name hub.example.org."),
        (["203.0.113.5"], "warn", "is 203.0.113.5, which is not an address of this server."),
        (["192.0.2.10", "203.0.113.5"], "warn", "also has addresses that are not this server's: 203.0.113.5."),
        (["127.0.0.1"], "warn", "hub.example.org is 127.0.0.1 on this server."),
    ],
)
def test_a_name(addresses: list[str], level: str, message: str) -> None:
    found = check("hub.example.org", addresses, OWN)
    assert (found.level, message in found.message) == (level, True)


THERE = "Names below hub.example.org lead where hub.example.org leads."
ELSEWHERE = "Names below hub.example.org lead to 203.0.113.5, which is not where hub.example.org leads."


@pytest.mark.parametrize(
    ("addresses", "hosts", "level", "message"),
    [
        (["192.0.2.10"], ["192.0.2.10", "2001:db8::10"], "ok", THERE),
        (["203.0.113.5"], ["203.0.113.5"], "ok", THERE),
        (["192.0.2.10"], ["127.0.1.1"], "ok", THERE),
        (["203.0.113.5"], ["127.0.1.1"], "warn", ELSEWHERE),
        (["203.0.113.5"], ["192.0.2.10"], "fail", ELSEWHERE),
        (
            [],
            ["192.0.2.10"],
            "fail",
            "DNS does not know names below hub.example.org: people cannot open their notebooks.",
        ),
    ],
)
def test_names_below_it(addresses: list[str], hosts: list[str], level: str, message: str) -> None:
    found = subdomains("any.hub.example.org", addresses, hosts, OWN)
    assert (found.level, found.message) == (level, message)


def test_this_machines_own_addresses() -> None:
    assert "127.0.0.1" in machine.own_addresses()

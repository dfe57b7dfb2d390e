"""Where the stack's name leads."""

from __future__ import annotations

import pytest

from stackctl import machine
from stackctl.checks.host_name import check, subdomains

OWN = ["127.0.0.1", "::1", "192.0.2.10", "2001:db8::10"]


@pytest.mark.parametrize(
    ("known", "level", "said"),
    [
        (["192.0.2.10"], "ok", "hub.example.org is this server (192.0.2.10)."),
        (["192.0.2.10", "2001:db8::10"], "ok", "is this server (192.0.2.10, 2001:db8::10)."),
        ([], "fail", "The name hub.example.org is not known in DNS."),
        (["203.0.113.5"], "warn", "is 203.0.113.5, which is no address of this server."),
        (["192.0.2.10", "203.0.113.5"], "warn", "has addresses that are not this server's too: 203.0.113.5."),
        (["127.0.0.1"], "warn", "hub.example.org is 127.0.0.1 on this server."),
    ],
)
def test_a_name(known: list[str], level: str, said: str) -> None:
    found = check("hub.example.org", known, OWN)
    assert (found.level, said in found.message) == (level, True)


THERE = "Subdomains of hub.example.org lead where hub.example.org leads."
ELSEWHERE = "Subdomains of hub.example.org lead to 203.0.113.5, and not where hub.example.org leads."


@pytest.mark.parametrize(
    ("known", "hosts", "level", "said"),
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
            "Subdomains of hub.example.org are not known in DNS: people could not open their notebooks.",
        ),
    ],
)
def test_its_subdomains(known: list[str], hosts: list[str], level: str, said: str) -> None:
    found = subdomains("any.hub.example.org", known, hosts, OWN)
    assert (found.level, found.message) == (level, said)


def test_this_machines_own_addresses() -> None:
    assert "127.0.0.1" in machine.own_addresses()

"""The rules that follow from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackwalls.rules import Destination, Rules

GIVEN = {
    "STACK_NAME": "team",
    "STACK_ISOLATION": "on",
    "STACK_EGRESS": "internet",
    "STACK_EGRESS_PRIVATE": "deny",
    "STACK_EGRESS_EXCEPTIONS": "",
    "STACK_AUTH": "gitlab",
    "GITLAB_URL": "https://gitlab.example.org/git",
    "STACKCTL_PLACES": "mirror.example.org:80",
    "STACKCTL_OWNER": "1234",
}


def rules(tmp_path: Path, resolv: str = "", **given: str) -> Rules:
    file = tmp_path / "resolv.conf"
    file.write_text(resolv)
    return Rules.from_environ(GIVEN | given, [file, tmp_path / "missing"])


@pytest.mark.parametrize(
    ("text", "destination", "is_name"),
    [
        ("10.1.2.3", Destination("10.1.2.3"), False),
        ("10.1.2.0/24:443", Destination("10.1.2.0/24", 443), False),
        ("nas.example.org:2049", Destination("nas.example.org", 2049), True),
        ("http://proxy.example.org:3128", Destination("proxy.example.org", 3128), True),
        ("https://gitlab.example.org/git", Destination("gitlab.example.org", 443), True),
        ("http://10.1.2.3/", Destination("10.1.2.3", 80), False),
    ],
)
def test_a_destination_is_a_host_and_a_port(text: str, destination: Destination, is_name: bool) -> None:
    assert Destination.parse(text) == destination
    assert (destination.network is None) == is_name


def test_the_stacks_own_destinations_and_exceptions(tmp_path: Path) -> None:
    found = rules(tmp_path, STACK_EGRESS_EXCEPTIONS="10.1.0.0/16, 10.2.0.1:22")
    assert found.owner == 1234
    assert found.exceptions == (Destination("10.1.0.0/16"), Destination("10.2.0.1", 22))
    assert found.own == (Destination("gitlab.example.org", 443), Destination("mirror.example.org", 80))
    assert rules(tmp_path, STACK_AUTH="local").own == (Destination("mirror.example.org", 80),)
    assert (found.isolation, found.internet, found.private) == (True, True, False)


def test_name_servers_on_the_loopback_address_are_left_out(tmp_path: Path) -> None:
    resolv = (
        "search example.org\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver 10.0.0.53\nnameserver fe80::1%eth0\n"
    )
    assert rules(tmp_path, resolv).name_servers == ("10.0.0.53", "192.0.2.53")


@pytest.mark.parametrize(
    ("egress", "exceptions", "has_dns"),
    [("internet", "", True), ("none", "", False), ("none", "10.1.2.3", False), ("none", "nas.example.org", True)],
)
def test_users_have_dns_only_where_they_need_it(tmp_path: Path, egress: str, exceptions: str, has_dns: bool) -> None:
    assert rules(tmp_path, STACK_EGRESS=egress, STACK_EGRESS_EXCEPTIONS=exceptions).dns_for_users == has_dns

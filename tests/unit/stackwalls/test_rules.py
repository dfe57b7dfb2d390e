"""What is let through, as the settings say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackwalls.rules import Place, Rules

GIVEN = {
    "STACK_NAME": "team",
    "STACK_ISOLATION": "on",
    "STACK_EGRESS": "internet",
    "STACK_EGRESS_PRIVATE": "deny",
    "STACK_EGRESS_EXCEPTIONS": "",
    "STACK_AUTH": "gitlab",
    "GITLAB_URL": "https://gitlab.example.org/git",
    "STACKCTL_PLACES": "mirror.example.org:80",
}


def rules(tmp_path: Path, resolv: str = "", **given: str) -> Rules:
    file = tmp_path / "resolv.conf"
    file.write_text(resolv)
    return Rules.from_environ(GIVEN | given, [file, tmp_path / "missing"])


@pytest.mark.parametrize(
    ("text", "place", "is_name"),
    [
        ("10.1.2.3", Place("10.1.2.3"), False),
        ("10.1.2.0/24:443", Place("10.1.2.0/24", 443), False),
        ("nas.example.org:2049", Place("nas.example.org", 2049), True),
        ("http://proxy.example.org:3128", Place("proxy.example.org", 3128), True),
        ("https://gitlab.example.org/git", Place("gitlab.example.org", 443), True),
        ("http://10.1.2.3/", Place("10.1.2.3", 80), False),
    ],
)
def test_a_place_is_a_host_and_a_port(text: str, place: Place, is_name: bool) -> None:
    assert Place.parse(text) == place
    assert (place.network is None) == is_name


def test_the_stacks_own_places_and_exceptions(tmp_path: Path) -> None:
    found = rules(tmp_path, STACK_EGRESS_EXCEPTIONS="10.1.0.0/16, 10.2.0.1:22")
    assert found.exceptions == (Place("10.1.0.0/16"), Place("10.2.0.1", 22))
    assert found.own == (Place("gitlab.example.org", 443), Place("mirror.example.org", 80))
    assert rules(tmp_path, STACK_AUTH="local").own == (Place("mirror.example.org", 80),)
    assert (found.isolation, found.internet, found.private) == (True, True, False)


def test_name_servers_are_those_that_containers_can_ask(tmp_path: Path) -> None:
    resolv = (
        "search example.org\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver 10.0.0.53\nnameserver fe80::1%eth0\n"
    )
    assert rules(tmp_path, resolv).name_servers == ("10.0.0.53", "192.0.2.53")


@pytest.mark.parametrize(
    ("egress", "exceptions", "asks"),
    [("internet", "", True), ("none", "", False), ("none", "10.1.2.3", False), ("none", "nas.example.org", True)],
)
def test_who_may_go_to_no_name_needs_no_name_server(tmp_path: Path, egress: str, exceptions: str, asks: bool) -> None:
    assert rules(tmp_path, STACK_EGRESS=egress, STACK_EGRESS_EXCEPTIONS=exceptions).names_for_users == asks

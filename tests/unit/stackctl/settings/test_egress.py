"""The settings of what notebook servers can reach, and the errors for wrong values."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.settings import load
from tests.unit.stackctl.refused import refusal


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("nas.example.org:2049, 10.1.2.3", "nas.example.org:2049,10.1.2.3"),
        ("10.1.2.3/24:443", "10.1.2.0/24:443"),
        ("NAS.example.org", "nas.example.org"),
    ],
)
def test_exceptions_are_written_as_the_firewall_reads_them(tmp_path: Path, given: str, found: str) -> None:
    assert load(tmp_path, {"STACK_EGRESS_EXCEPTIONS": given}).stack_egress_exceptions == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"STACK_EGRESS_EXCEPTIONS": "10.1.2.300"}, "'10.1.2.300': is neither an IP address"),
        ({"STACK_EGRESS_EXCEPTIONS": "nas:0"}, "'nas:0' must end with a port from 1 to 65535"),
        ({"STACK_EGRESS_EXCEPTIONS": "nas:ssh"}, "'nas:ssh' must end with a port from 1 to 65535"),
        ({"STACK_EGRESS_EXCEPTIONS": "fd00::5"}, "'fd00::5' must not be an IPv6 address"),
        ({"STACK_EGRESS_EXCEPTIONS": "0.0.0.0/0"}, "'0.0.0.0/0': is every address"),
        ({"STACK_EGRESS_EXCEPTIONS": "https://nas.example.org"}, "must end with a port"),
        ({"STACK_EGRESS": "off"}, "STACK_EGRESS=off"),
        ({"STACK_ISOLATION": "off", "STACK_EGRESS": "none"}, "has no effect with STACK_ISOLATION=off"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, given: dict[str, str], words: str) -> None:
    assert words in refusal(tmp_path, given)


def test_addresses_for_the_firewall_have_a_port_and_no_password(tmp_path: Path) -> None:
    given = {
        "STACK_AUTH": "gitlab",
        "GITLAB_URL": "https://git.example.org/x",
        "HTTP_PROXY": "http://me:secret@10.0.0.8:3128",
    }
    given |= {"GITLAB_ALLOWED_USERS": "a", "STACK_PYPI_MIRROR": "http://mirror.example.org/simple"}
    places = load(tmp_path, given).environment()["STACKCTL_PLACES"]
    assert places == "git.example.org:443,mirror.example.org:80,10.0.0.8:3128"

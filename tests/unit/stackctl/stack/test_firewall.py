"""The walls as stackctl sees to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stackctl.engine import Container
from stackctl.stack.firewall import has_its_mac

HUB = Container("1", "team-hub-1", "hub", "running", "", "image", "sha256:1", "", 0, {}, {})


@pytest.mark.parametrize(
    ("service", "macs", "is_known"),
    [
        ("hub", {"team-users": "02:00:00:00:00:01"}, True),
        ("hub", {"team-users": "02:42:ac:12:00:03"}, False),
        ("proxy", {"team-users": "02:00:00:00:00:01"}, False),
        ("nginx", {"team_edge": "02:42:ac:12:00:03"}, True),
        ("hub", {}, True),
    ],
)
def test_a_service_with_another_mac_address_is_not_known(service: str, macs: dict[str, str], is_known: bool) -> None:
    assert has_its_mac(replace(HUB, service=service, macs=macs)) == is_known

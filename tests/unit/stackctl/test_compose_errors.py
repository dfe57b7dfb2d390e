"""What Compose fails with, for a person."""

from __future__ import annotations

import pytest

from stackctl.compose import reason

LINES = "Network lab-users  Creating\n{}\n"


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "Error response from daemon: could not find an available, non-overlapping IPv4 address pool among the defaults "
            "to assign to the network",
            "Docker has no addresses left for the stack's networks: other networks have them.",
        ),
        (
            "failed to create network lab-users: Error response from daemon: all predefined address pools have been fully "
            "subnetted",
            "Docker has no addresses left for the stack's networks: other networks have them.",
        ),
        (
            "Error response from daemon: Pool overlaps with other one on this address space",
            "Docker has no addresses left for the stack's networks: other networks have them.",
        ),
        (
            "Error response from daemon: mkdir /var/lib/docker/x: no space left on device",
            "The disk is full: `docker compose up` failed. What was there before is still there.",
        ),
        ("Error response from daemon: something else", "`docker compose up` failed."),
    ],
)
def test_what_compose_says_becomes_a_sentence(said: str, message: str) -> None:
    error = reason("up", LINES.format(said))
    assert error.message == message
    assert error.hint
    assert error.detail.endswith(said)

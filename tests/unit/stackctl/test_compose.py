"""What Compose fails with, for a person, and what becomes of it on a Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from stackctl import settings, signals
from stackctl.compose import Compose, reason

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


def test_ctrl_c_waits_for_compose_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would go on by itself, with the lock, and the next command be refused."""
    client = MagicMock()
    script = f"kill -INT {os.getpid()}; sleep 0.3; touch {tmp_path}/done"
    client.client_config.docker_compose_cmd = ["sh", "-c", script]
    monkeypatch.setattr(Compose, "__init__", lambda *_: None)
    monkeypatch.setattr(Compose, "_note_secrets", lambda _: None)
    monkeypatch.setattr(Compose, "_client", client, raising=False)
    with signals.all_like_ctrl_c(), pytest.raises(KeyboardInterrupt):
        Compose(tmp_path, settings.load(tmp_path, {})).up()
    assert (tmp_path / "done").exists()

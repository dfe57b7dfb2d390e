"""What Compose fails with, for a person, and what becomes of it on a Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from stackctl.catalogue.edit import EXAMPLE
from stackctl.checkout.worktree import LOCAL_IMAGES
from stackctl.engine.compose import Compose, reason
from stackctl.ui import signals
from tests.support.checkout import ROOT

LINES = "Network lab-users  Creating\n{}\n"


@pytest.mark.parametrize(
    ("output", "message"),
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
            "The disk is full: `docker compose up` failed. Nothing was lost.",
        ),
        ("Error response from daemon: something else", "`docker compose up` failed."),
    ],
)
def test_what_compose_says_becomes_a_sentence(output: str, message: str) -> None:
    error = reason("up", LINES.format(output))
    assert error.message == message
    assert error.hint
    assert error.detail.endswith(output)


def test_ctrl_c_waits_for_compose_from_its_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would go on by itself, with the lock, and the next command be refused."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\nkill -INT {os.getpid()}; sleep 0.3; touch {tmp_path}/done\n")
    docker.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with signals.all_like_ctrl_c(), pytest.raises(KeyboardInterrupt):
        Compose(tmp_path, {}, str).up()
    assert (tmp_path / "done").exists()


def test_the_settings_are_in_the_environment_only_while_compose_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_TITLE", "as it was")
    client = MagicMock()
    client.compose.stop.side_effect = lambda _: seen.update(os.environ)
    monkeypatch.setattr("python_on_whales.DockerClient", lambda **_: client)
    seen: dict[str, str] = {}
    compose = Compose(tmp_path, {"STACK_TITLE": "Lab", "STACK_NEW": "1"}, str)
    compose.stop(["hub"])
    assert (seen["STACK_TITLE"], seen["STACK_NEW"]) == ("Lab", "1")
    assert os.environ["STACK_TITLE"] == "as it was"
    assert "STACK_NEW" not in os.environ


def test_compose_reads_the_operators_images_where_the_file_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker, read = tmp_path / "docker", tmp_path / "read"
    docker.write_text(f'#!/bin/sh\nprintf "%s" "$STACKCTL_LOCAL_IMAGES" >{read}\n')
    docker.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("STACKCTL_LOCAL_IMAGES", "left over")
    Compose(tmp_path, {}, str).up()
    assert read.read_text() == ""
    (tmp_path / "singleuser").mkdir()
    (tmp_path / LOCAL_IMAGES).write_text("services: {}\n")
    Compose(tmp_path, {}, str).up()
    assert read.read_text() == LOCAL_IMAGES
    include = (ROOT / "compose.yaml").read_text().split("include:")[1].split("\n\n")[0]
    assert f'"${{STACKCTL_LOCAL_IMAGES:-{EXAMPLE}}}"' in include

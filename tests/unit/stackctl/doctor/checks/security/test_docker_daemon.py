"""Findings about the Docker daemon's configuration and its socket."""

from __future__ import annotations

from typing import Any

import pytest

from stackctl.doctor.checks.security import docker_daemon

INFO: dict[str, Any] = {
    "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
    "RegistryConfig": {"IndexConfigs": {"docker.io": {"Secure": True}}},
    "Warnings": ["WARNING: bridge-nf-call-iptables is disabled"],
}
OPEN = "[DEPRECATION NOTICE]: API is accessible on http://0.0.0.0:2375 without encryption.\n         Access to"


@pytest.mark.parametrize(
    ("info", "level", "text"),
    [
        ({}, "ok", "Docker's API is not open to the network, and Docker confines containers."),
        ({"Warnings": [OPEN]}, "fail", "API is accessible on http://0.0.0.0:2375 without encryption."),
        ({"SecurityOptions": ["name=apparmor"]}, "fail", "Docker filters no system calls"),
        (
            {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=unconfined"]},
            "fail",
            "Docker filters no system calls",
        ),
        ({"SecurityOptions": ["name=seccomp,profile=builtin"]}, "warn", "Neither AppArmor nor SELinux is enabled"),
        ({"SecurityOptions": ["name=seccomp,profile=builtin", "name=selinux"]}, "ok", "confines containers"),
        ({"RegistryConfig": {"IndexConfigs": {"r:5000": {"Secure": False}}}}, "warn", "pulls from r:5000 without TLS"),
    ],
)
def test_the_daemons_configuration(info: dict[str, Any], level: str, text: str) -> None:
    (check,) = docker_daemon.check(INFO | info)
    assert check.level == level
    assert text in check.message
    assert check.fix or level == "ok"


def test_who_can_open_dockers_socket() -> None:
    everyone = docker_daemon.socket("/run/x", 0o140666, [])
    assert (everyone.level, everyone.fix) == ("fail", "sudo chmod 660 /run/x")
    group = docker_daemon.socket("/run/x", 0o140660, ["bob", "alice"])
    assert (group.level, group.message) == (
        "ok",
        "Root and the members of the group docker can use Docker, and so become root: alice, bob.",
    )
    assert docker_daemon.socket("/run/x", 0o140660, []).message == "Only root can use Docker."

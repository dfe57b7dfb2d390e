"""Who can use Docker, and so is root on this server? Does Docker confine containers as well as it can?

These are the items of the CIS Docker Benchmark 1.6, sections 2 and 3, that the stack's own settings do not decide.
docs/security.md names the items that are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stackctl.ui.check import Check


def check(info: Mapping[str, Any]) -> Iterator[Check]:
    """Findings about the daemon's configuration. `info`: what `docker info` shows."""
    problems = [*_open(info.get("Warnings") or ()), *_unconfined(info.get("SecurityOptions") or ()), *_registries(info)]
    yield from problems or [Check("ok", "Docker's API is not open to the network, and Docker confines containers.")]


def socket(path: str, mode: int, members: Iterable[str]) -> Check:
    """Who can open Docker's socket. `mode`: the socket's; `members`: of the group `docker`."""
    if mode & 0o006:
        message = f"Every account on this server can use Docker, and so become root: {path} is open to all (CIS 3.16)."
        return Check("fail", message, f"sudo chmod 660 {path}")
    if names := ", ".join(sorted(members)):
        return Check("ok", f"Root and the members of the group docker can use Docker, and so become root: {names}.")
    return Check("ok", "Only root can use Docker.")


def _open(warnings: Iterable[str]) -> Iterator[Check]:
    for warning in warnings:
        if match := re.search(r"API is accessible on \S+ without .*", warning):
            message = f"Anyone who can connect to Docker's API is root on this server (CIS 2.7). Docker says: {match[0]}"
            fix = "Remove tcp:// from `hosts` in /etc/docker/daemon.json, or from dockerd's options; then restart Docker."
            yield Check("fail", message, fix)


def _unconfined(options: Sequence[str]) -> Iterator[Check]:
    named = {str(option).split(",")[0].removeprefix("name=") for option in options}
    profile = next((option for option in options if option.startswith("name=seccomp")), "")
    if "seccomp" not in named or "unconfined" in profile:
        message = "Docker filters no system calls of containers: there is no seccomp profile (CIS 5.22)."
        yield Check("fail", message, "Remove `seccomp-profile` from /etc/docker/daemon.json; then restart Docker.")
    if not {"apparmor", "selinux"} & named:
        message = "Neither AppArmor nor SELinux is enabled for Docker (CIS 5.2, 5.3)."
        yield Check("warn", message, "On Debian and Ubuntu: apt-get install apparmor, then restart Docker")


def _registries(info: Mapping[str, Any]) -> Iterator[Check]:
    registries = (info.get("RegistryConfig") or {}).get("IndexConfigs") or {}
    if insecure := sorted(name for name, entry in registries.items() if not entry.get("Secure", True)):
        message = f"Docker pulls from {', '.join(insecure)} without TLS: images can be changed on the way (CIS 2.5)."
        fix = "Remove it from `insecure-registries` in /etc/docker/daemon.json; put its CA into /etc/docker/certs.d"
        yield Check("warn", message, fix)

"""Who else can use Docker, and so is root on this server? Does it keep containers in as it can?

The items of the CIS Docker Benchmark, sections 2 and 3, that a stack's own settings do not settle, by the numbers of its
version 1.6. Left out are those that would break a stack, or change nothing for one: docs/security.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from stackctl.checks import Check


def check(info: Mapping[str, Any]) -> Iterator[Check]:
    """What the engine says of itself (`docker info`)."""
    wrong = [*_open(info.get("Warnings") or ()), *_unconfined(info.get("SecurityOptions") or ()), *_registries(info)]
    yield from wrong or [Check("ok", "Docker is not open to the network, and keeps containers in.")]


def socket(path: str, mode: int, members: Iterable[str]) -> Iterator[Check]:
    """`mode`: of Docker's socket; `members`: of the group docker."""
    if mode & 0o006:
        what = f"Everybody on this server can use Docker, and so is root: {path} is open to all (CIS 3.16)."
        yield Check("fail", what, f"sudo chmod 660 {path}")
    elif names := ", ".join(sorted(members)):
        yield Check("ok", f"Who can use Docker, and so is root: root and the group docker, {names}.")
    else:
        yield Check("ok", "Only root can use Docker.")


def _open(warnings: Iterable[str]) -> Iterator[Check]:
    for warning in warnings:
        if found := re.search(r"API is accessible on \S+ without .*", warning):
            what = f"Whoever reaches Docker over the network is root on this server (CIS 2.7). It says: {found[0]}"
            fix = "Take tcp:// out of `hosts` in /etc/docker/daemon.json, or out of dockerd's options; then restart Docker."
            yield Check("fail", what, fix)


def _unconfined(options: Sequence[str]) -> Iterator[Check]:
    named = {str(option).split(",")[0].removeprefix("name=") for option in options}
    profile = next((option for option in options if option.startswith("name=seccomp")), "")
    if "seccomp" not in named or "unconfined" in profile:
        what = "Docker filters no system calls of containers: there is no seccomp profile (CIS 5.22)."
        yield Check("fail", what, "Take `seccomp-profile` out of /etc/docker/daemon.json; then restart Docker.")
    if not {"apparmor", "selinux"} & named:
        what = "Neither AppArmor nor SELinux stands behind Docker's own walls (CIS 5.2, 5.3)."
        yield Check("warn", what, "Debian and Ubuntu have AppArmor: apt-get install apparmor, then restart Docker")


def _registries(info: Mapping[str, Any]) -> Iterator[Check]:
    known = (info.get("RegistryConfig") or {}).get("IndexConfigs") or {}
    if open_ := sorted(name for name, entry in known.items() if not entry.get("Secure", True)):
        what = f"Images are pulled without TLS from {', '.join(open_)}: whoever is on the way can change them (CIS 2.5)."
        fix = "Take it out of `insecure-registries` in /etc/docker/daemon.json; its CA goes into /etc/docker/certs.d"
        yield Check("warn", what, fix)

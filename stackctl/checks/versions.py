"""Are the engine, Compose and buildx there, and new enough?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stackctl.checks import Check

MIN_ENGINE, MIN_COMPOSE = (25, 0), (2, 24)
UPGRADE = "Upgrade Docker the way it was installed; stackctl does not touch an engine that is there already."
LIMITS = {"MemoryLimit": "memory", "CpuCfsQuota": "CPUs", "PidsLimit": "processes"}
"""What `docker info` says of the kernel's control groups, by what a notebook server's limit is for."""


def check(engine: str, compose: str | None, buildx: str | None) -> Iterator[Check]:
    """What is wrong with the versions. `compose`, `buildx`: None for a plugin that is not there."""
    yield _judge("Docker Engine", engine, MIN_ENGINE)
    yield _missing("compose") if compose is None else _judge("Docker Compose", compose, MIN_COMPOSE)
    yield _missing("buildx") if buildx is None else Check("ok", f"buildx {version(buildx) or buildx}.")


def engine(info: Mapping[str, Any]) -> Iterator[Check]:
    """What the engine says of itself (`docker info`): limits that it cannot keep, and its own warnings."""
    lacking = [what for key, what in LIMITS.items() if info.get(key) is False]
    if lacking:
        fix = "The kernel's control groups are switched off: see `docker info`, and docs.docker.com/engine/install."
        yield Check("fail", f"Docker cannot limit {' and '.join(lacking)}: one person could take the whole server.", fix)
    for warning in info.get("Warnings") or ():
        if "bridge-nf-call" not in warning and "swap limit" not in warning:  # what we do does not depend on these
            yield Check("warn", f"Docker says: {warning.strip().removeprefix('WARNING: ')}", "See: docker info")


def version(text: str) -> str:
    """The first number with dots in a text, "" for none."""
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else ""


def _judge(what: str, found: str, least: tuple[int, int]) -> Check:
    numbers = tuple(int(part) for part in version(found).split(".")[:2] if part)
    if numbers < least:
        return Check("fail", f"{what} {found} is too old: {'.'.join(map(str, least))} or newer is needed.", UPGRADE)
    return Check("ok", f"{what} {version(found)}.")


def _missing(name: str) -> Check:
    fix = f"Install it: apt-get install docker-{name} (on Ubuntu: docker-compose-v2, docker-buildx)"
    return Check("fail", f"`docker {name}` is missing.", fix)

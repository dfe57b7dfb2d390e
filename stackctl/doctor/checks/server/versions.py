"""Are Docker Engine, Compose and buildx installed and new enough?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stackctl.host.docker_packages import MIN_COMPOSE, MIN_ENGINE
from stackctl.ui.check import Check

UPGRADE = "Upgrade Docker the way you installed it; stackctl never changes an engine that it did not install."
LIMITS = {"MemoryLimit": "memory", "CpuCfsQuota": "CPUs", "PidsLimit": "processes"}
"""What a notebook server's limits are for, by the entries of `docker info` about the kernel's control groups."""


def check(engine: str, compose: str | None, buildx: str | None) -> Iterator[Check]:
    """Which versions there are, and which are too old. `compose`, `buildx`: None for a missing plugin."""
    yield _result("Docker Engine", engine, MIN_ENGINE)
    yield _missing("compose") if compose is None else _result("Docker Compose", compose, MIN_COMPOSE)
    yield _missing("buildx") if buildx is None else Check("ok", f"buildx {version(buildx) or buildx}.")


def engine(info: Mapping[str, Any]) -> Iterator[Check]:
    """Limits that the engine cannot enforce, and its own warnings. `info`: what `docker info` shows."""
    lacking = [message for key, message in LIMITS.items() if info.get(key) is False]
    if lacking:
        fix = "The kernel's control groups are disabled: see `docker info`, and docs.docker.com/engine/install."
        yield Check("fail", f"Docker cannot limit {' and '.join(lacking)}: one person could take the whole server.", fix)
    for warning in info.get("Warnings") or ():
        if "bridge-nf-call" not in warning and "swap limit" not in warning:  # the stack does not need these
            yield Check("warn", f"Docker says: {warning.strip().removeprefix('WARNING: ')}", "See: docker info")


def version(text: str) -> str:
    """The first number with dots in a text; "" for none."""
    match = re.search(r"\d+(\.\d+)+", text)
    return match[0] if match else ""


def _result(name: str, text: str, minimum: tuple[int, int]) -> Check:
    numbers = tuple(int(part) for part in version(text).split(".")[:2] if part)
    if numbers < minimum:
        return Check("fail", f"{name} {text} is too old: {'.'.join(map(str, minimum))} or newer is needed.", UPGRADE)
    return Check("ok", f"{name} {version(text)}.")


def _missing(name: str) -> Check:
    fix = f"Install it: apt-get install docker-{name} (on Ubuntu: docker-compose-v2, docker-buildx)"
    return Check("fail", f"`docker {name}` is missing.", fix)

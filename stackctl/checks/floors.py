"""Is anything at the heart of the stack older than a version that is known to be vulnerable?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from stackctl.checks import Check

Name = tuple[str, str]
"""Where a package is from, and its name."""

EVERYWHERE: Mapping[Name, tuple[str, str]] = {
    ("npm", "configurable-http-proxy"): ("5.3", "before it, its API is on the network"),
    ("pypi", "dockerspawner"): ("13", "CVE-2023-48311"),
    ("pypi", "jupyter-server"): ("2.18", "CVE-2026-35397, CVE-2026-40934, CVE-2026-40110"),
    ("pypi", "jupyter-server-proxy"): ("4.1.1", "CVE-2024-28179"),
    ("pypi", "jupyterhub"): ("4.1", "CVE-2024-28233"),
    ("pypi", "oauthenticator"): ("17.4", "CVE-2026-33175"),
}
"""The first version without what is known, and what that is."""

IN_THE_HUB = {("pypi", "jupyterhub"): ("6.1.1", "CVE-2024-41942, CVE-2026-33709, CVE-2026-40864, CVE-2026-54338")}
"""What is known of the hub's side only."""


def check(images: Mapping[str, Iterable[tuple[Name, str]]], fixes: Mapping[str, str]) -> Iterator[Check]:
    """A failure for each package, with its version, that is too old. `images`, and what to do about each, by name."""
    looked_at = failed = 0
    for image, packages in images.items():
        floors = {**EVERYWHERE, **(IN_THE_HUB if image == "hub" else {})}
        for name, version in packages:
            floor, why = floors.get(name, ("0", ""))
            looked_at += name in floors
            if release(version) < release(floor):
                failed += 1
                what = f"{image} has {name[1]} {version}, and {floor} or newer is needed: {why}."
                yield Check("fail", what, fixes[image])
    if looked_at and not failed:
        yield Check("ok", f"{looked_at} packages at the heart of the stack are newer than what is known to be vulnerable.")


def release(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with, to compare it by; (0,) for none."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else [0]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)

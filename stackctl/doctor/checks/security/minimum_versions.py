"""Are the packages that the stack's security depends on new enough?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.version import InvalidVersion, Version

from stackctl.doctor.image_contents import Package
from stackctl.ui.check import Check

Minimum = tuple[str, str]
"""The first version without known vulnerabilities, and which ones the versions before it have."""

EVERYWHERE: Mapping[tuple[str, str], Minimum] = {
    ("npm", "configurable-http-proxy"): ("5.3", "before it, its API is on the network"),
    ("pypi", "dockerspawner"): ("13", "CVE-2023-48311"),
    ("pypi", "jupyter-server"): ("2.18", "CVE-2026-35397, CVE-2026-40934, CVE-2026-40110"),
    ("pypi", "jupyter-server-proxy"): ("4.1.1", "CVE-2024-28179"),
    ("pypi", "jupyterhub"): ("4.1", "CVE-2024-28233"),
    ("pypi", "oauthenticator"): ("17.4", "CVE-2026-33175"),
}
"""By the package's kind and name."""

IN_THE_HUB: Mapping[tuple[str, str], Minimum] = {
    ("pypi", "jupyterhub"): ("6.1.1", "CVE-2024-41942, CVE-2026-33709, CVE-2026-40864, CVE-2026-54338")
}
"""What concerns only the hub's side."""


def check(images: Mapping[str, Iterable[Package]], fixes: Mapping[str, str]) -> Iterator[Check]:
    """A failure for each package that is too old. `images`: the packages in each; `fixes`: what to do about each."""
    checked = failed = 0
    for image, packages in images.items():
        minimums = {**EVERYWHERE, **(IN_THE_HUB if image == "hub" else {})}
        for package in packages:
            if not (minimum := minimums.get((package.kind, package.name))):
                continue
            checked += 1
            if _version(package.version) < _version(minimum[0]):
                failed += 1
                message = f"{image} has {package.name} {package.version}; {minimum[0]} or newer is needed: {minimum[1]}."
                yield Check("fail", message, fixes[image])
    if checked and not failed:
        yield Check("ok", f"{checked} packages that security depends on are new enough.")


def _version(text: str) -> Version:
    """An image's files can say anything: what is no version counts as the oldest."""
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")

"""Docker's packages: where they come from on this server's distribution."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl.errors import CheckFailedError, explain_interrupt
from stackctl.host import apt, program

MIN_ENGINE, MIN_COMPOSE = (25, 0), (2, 24)
SOURCES = Path("/etc/apt/sources.list.d/stackctl-docker.sources")
PINS = Path("/etc/apt/preferences.d/stackctl-docker")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DEBIAN = ("docker.io", "docker-cli", "docker-compose", "docker-buildx")
UBUNTU = ("docker.io", "docker-compose-v2", "docker-buildx")


@dataclass(frozen=True)
class Distribution:
    """A distribution, with Docker's packages on it. `suite`: a newer Debian suite to take them from."""

    name: str
    packages: tuple[str, ...]
    suite: str = ""


KNOWN = {
    ("debian", "12"): Distribution("Debian 12", DEBIAN, suite="trixie"),  # its own are too old: Docker 20.10, Compose 1.29
    ("debian", "13"): Distribution("Debian 13", DEBIAN),
    ("ubuntu", "22.04"): Distribution("Ubuntu 22.04", UBUNTU),
    ("ubuntu", "24.04"): Distribution("Ubuntu 24.04", UBUNTU),
}
"""By ID and VERSION_ID in /etc/os-release."""


def distribution(release: Mapping[str, str] | None = None) -> Distribution:
    """This server's distribution. Raises CheckFailedError for one without known packages. `release`: /etc/os-release."""
    release = release if release is not None else platform.freedesktop_os_release()
    name, version = release.get("ID", ""), release.get("VERSION_ID", "")
    if (name, version) in KNOWN:
        return KNOWN[name, version]
    engine, compose = (".".join(map(str, version)) for version in (MIN_ENGINE, MIN_COMPOSE))
    raise CheckFailedError(
        "Docker is not installed. stackctl can install it on Debian 12 and 13 and on Ubuntu 22.04 and 24.04, "
        f"but not on {f'{name} {version}'.strip() or 'this distribution'}.",
        f"Install Docker Engine {engine} or newer with Compose {compose} or newer and buildx, then run this again.",
    )


@explain_interrupt("Packages may be half installed; the next run finishes that first.")
def install(distribution: Distribution) -> None:
    """Install Docker's packages. Raises StackError with apt's last lines if apt fails."""
    program.need_root("install Docker")
    packages = list(distribution.packages)
    if suite := distribution.suite:
        apt.update()  # before that, apt may not know what its mirrors have
        SOURCES.write_text(_sources(suite))
        PINS.write_text(_pins(suite))
        packages = [f"{package}/{suite}" for package in packages]
    apt.install(*packages)


def _sources(suite: str) -> str:
    """apt's sources for another Debian suite, on the mirrors that it uses already. Raises CheckFailedError without one."""
    mirror = apt.debian_mirror()
    if not mirror:
        raise CheckFailedError("apt has no Debian mirror on this server.", "See: cat /etc/apt/sources.list.d/*")
    sources = [(mirror, f"{suite} {suite}-updates")]
    if security := apt.debian_mirror(security=True):
        sources.append((security, f"{suite}-security"))
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n" for uri, suites in sources
    )


def _pins(suite: str) -> str:
    """Priority 100: the release's own packages come first, and what is installed from the other suite gets updates."""
    names = (suite, f"{suite}-updates", f"{suite}-security")
    return "\n".join(f"Package: *\nPin: release n={name}\nPin-Priority: 100\n" for name in names)

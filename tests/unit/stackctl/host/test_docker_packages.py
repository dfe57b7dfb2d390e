"""The distributions that Docker can be installed on."""

from __future__ import annotations

import pytest

from stackctl.errors import CheckFailedError
from stackctl.host import docker_packages


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("debian", "12", docker_packages.Distribution("Debian 12", docker_packages.DEBIAN, suite="trixie")),
        ("debian", "13", docker_packages.Distribution("Debian 13", docker_packages.DEBIAN)),
        ("ubuntu", "22.04", docker_packages.Distribution("Ubuntu 22.04", docker_packages.UBUNTU)),
        ("ubuntu", "24.04", docker_packages.Distribution("Ubuntu 24.04", docker_packages.UBUNTU)),
    ],
)
def test_distribution(name: str, version: str, expected: docker_packages.Distribution) -> None:
    assert docker_packages.distribution({"ID": name, "VERSION_ID": version}) == expected


@pytest.mark.parametrize(
    "release", [{"ID": "fedora", "VERSION_ID": "43"}, {"ID": "debian", "VERSION_ID": "11"}, {"ID": "arch"}, {}]
)
def test_on_another_distribution_the_error_says_what_to_install(release: dict[str, str]) -> None:
    with pytest.raises(CheckFailedError) as caught:
        docker_packages.distribution(release)
    assert caught.value.message == (
        "Docker is not installed. stackctl can install it on Debian 12 and 13 and on Ubuntu 22.04 and 24.04, "
        f"but not on {' '.join(release.values()) or 'this distribution'}."
    )
    assert caught.value.hint.startswith("Install Docker Engine 25.0 or newer with Compose 2.24 or newer and buildx")

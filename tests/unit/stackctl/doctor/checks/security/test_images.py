"""Findings about images: package age, minimum versions, digests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Literal

import pytest

from stackctl.doctor.checks.security import minimum_versions, package_age, unpinned_images
from stackctl.doctor.image_contents import Package
from stackctl.ui.check import Check
from tests.support.checkout import ROOT

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
DAY = 86400


def levels(checks: Iterable[Check]) -> list[str]:
    checks = list(checks)
    assert all(item.fix for item in checks if item.level != "ok")
    return [item.level for item in checks]


def test_old_debian_packages_are_a_warning() -> None:
    recent, old = NOW.timestamp() - 30 * DAY, NOW.timestamp() - 45 * DAY
    (check,) = package_age.check({"hub": recent, "gate": old}, {"gate": "build"}, NOW)
    assert (check.level, check.fix) == ("warn", "build")
    assert check.message == "gate: its Debian packages lack the security updates of the last 45 days."
    (check,) = package_age.check({"hub": recent}, {}, NOW)
    assert (check.level, check.message) == ("ok", "The Debian packages of all 1 images were updated in the last 31 days.")
    (check,) = package_age.check({"hub": NOW.timestamp()}, {}, NOW)
    assert check.message == "The Debian packages of all 1 images were updated today."
    assert list(package_age.check({}, {}, NOW)) == []


@pytest.mark.parametrize(
    ("image", "kind", "name", "version", "too_old"),
    [
        ("hub", "pypi", "jupyterhub", "6.1.0", True),
        ("hub", "pypi", "jupyterhub", "6.1.1", False),
        ("scipy", "pypi", "jupyterhub", "6.1.0", False),
        ("scipy", "pypi", "jupyterhub", "4.0.2", True),
        ("hub", "pypi", "oauthenticator", "17.3.0", True),
        ("hub", "pypi", "oauthenticator", "17.4.0", False),
        ("hub", "pypi", "oauthenticator", "unknown", True),
        ("scipy", "pypi", "jupyter-server", "2.9", True),
        ("scipy", "pypi", "jupyter-server", "2.18.0", False),
        ("proxy", "npm", "configurable-http-proxy", "5.2.0", True),
        ("proxy", "npm", "configurable-http-proxy", "5.10.0", False),
        ("proxy", "pypi", "configurable-http-proxy", "0.1", False),
        ("scipy", "pypi", "numpy", "1.0", False),
    ],
)
def test_packages_below_their_minimum_version_fail(
    image: str, kind: Literal["npm", "pypi"], name: str, version: str, too_old: bool
) -> None:
    checks = list(minimum_versions.check({image: [Package(kind, name, version)]}, {image: "newer"}))
    failures = [item for item in checks if item.level != "ok"]
    assert [item.level for item in failures] == ["fail"] * too_old
    assert all(f"{image} has {name} {version}; " in item.message and item.fix == "newer" for item in failures)


def test_our_own_locks_have_the_minimum_versions() -> None:
    seen = set()
    for lock in ["hub/requirements.lock", *(f"singleuser/{name}/requirements.lock" for name in ("base", "scipy", "bokeh"))]:
        pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        packages = [Package("pypi", name, version) for name, version in pins]
        assert "fail" not in levels(minimum_versions.check({"hub": packages}, {"hub": "newer"}))
        seen |= {("pypi", name) for name, _ in pins}
    npm = json.loads((ROOT / "hub/package-lock.json").read_text())["packages"]["node_modules/configurable-http-proxy"]
    proxy = Package("npm", "configurable-http-proxy", npm["version"])
    assert levels(minimum_versions.check({"proxy": [proxy]}, {})) == ["ok"]
    assert levels(minimum_versions.check({"proxy": []}, {})) == [], "nothing was checked"
    assert minimum_versions.EVERYWHERE.keys() - seen == {("npm", "configurable-http-proxy")}, "each is in a lock"


def test_pulled_images_without_a_digest_are_a_warning() -> None:
    (check,) = unpinned_images.check({"a": "r/a:1", "b": "r/b:1"}, ["b"])
    assert (check.level, check.fix) == ("warn", "stackctl images lock a")
    assert levels(unpinned_images.check({"a": "r/a:1"}, ["a"])) == ["ok"]
    assert levels(unpinned_images.check({}, [])) == []

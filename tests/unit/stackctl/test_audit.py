"""What `stackctl audit` finds, each finding caused; and what it says where nobody can be asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from stackctl import audit, image_contents
from stackctl.catalogue import Image
from stackctl.checks import Check, age, daemon, floors, pinned
from stackctl.checks.floors import release
from stackctl.errors import Exit, StackError
from stackctl.image_contents import Contents, Package
from stackctl.stack import Stack
from tests.checkout import ROOT
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.test_confinement import container
from tests.unit.stackctl.test_osv import Server, server  # noqa: F401  (a fixture)

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
DAY = 86400
INFO: dict[str, Any] = {
    "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
    "RegistryConfig": {"IndexConfigs": {"docker.io": {"Secure": True}}},
    "Warnings": ["WARNING: bridge-nf-call-iptables is disabled"],
}
OPEN = "[DEPRECATION NOTICE]: API is accessible on http://0.0.0.0:2375 without encryption.\n         Access to"


def levels(found: Iterator[Check]) -> list[str]:
    checks = list(found)
    assert all(item.fix for item in checks if item.level != "ok")
    return [item.level for item in checks]


def test_age() -> None:
    young, old = NOW.timestamp() - 30 * DAY, NOW.timestamp() - 45 * DAY
    (found,) = age.check({"hub": young, "gate": old}, {"gate": "build"}, NOW)
    assert (found.level, found.fix) == ("warn", "build")
    assert found.message == "gate: its Debian packages are 45 days old, and have no security update that came since."
    (well,) = age.check({"hub": young}, {}, NOW)
    assert (well.level, well.message) == ("ok", "The Debian packages of 1 images are at most 30 days old.")
    assert list(age.check({}, {}, NOW)) == []


@pytest.mark.parametrize(
    ("image", "kind", "name", "version", "wrong"),
    [
        ("hub", "pypi", "jupyterhub", "6.1.0", True),
        ("hub", "pypi", "jupyterhub", "6.1.1", False),
        ("scipy", "pypi", "jupyterhub", "6.1.0", False),
        ("scipy", "pypi", "jupyterhub", "4.0.2", True),
        ("hub", "pypi", "oauthenticator", "17.3.0", True),
        ("hub", "pypi", "oauthenticator", "17.4.0", False),
        ("scipy", "pypi", "jupyter-server", "2.9", True),
        ("proxy", "npm", "configurable-http-proxy", "5.2.0", True),
        ("proxy", "pypi", "configurable-http-proxy", "0.1", False),
        ("scipy", "pypi", "numpy", "1.0", False),
    ],
)
def test_floors(image: str, kind: str, name: str, version: str, wrong: bool) -> None:
    found = [item for item in floors.check({image: [((kind, name), version)]}, {image: "newer"}) if item.level != "ok"]
    assert [item.level for item in found] == ["fail"] * wrong
    assert all(f"{image} has {name} {version}, and " in item.message and item.fix == "newer" for item in found)


def test_our_own_locks_are_above_the_floors() -> None:
    seen = set()
    for lock in ["hub/requirements.lock", *(f"singleuser/{name}/requirements.lock" for name in ("base", "scipy", "bokeh"))]:
        pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        packages = [(("pypi", name), version) for name, version in pins]
        assert "fail" not in levels(floors.check({"hub": packages}, {"hub": "newer"}))
        seen |= {name for name, _ in packages}
    npm = json.loads((ROOT / "hub/package-lock.json").read_text())["packages"]["node_modules/configurable-http-proxy"]
    assert levels(floors.check({"proxy": [(("npm", "configurable-http-proxy"), npm["version"])]}, {})) == ["ok"]
    assert levels(floors.check({"proxy": []}, {})) == [], "nothing was looked at"
    assert floors.EVERYWHERE.keys() - seen == {("npm", "configurable-http-proxy")}, "of each there is one"


def test_versions_are_compared_by_their_numbers() -> None:
    assert release("2.10") > release("2.9.1")
    assert release("5.3.0") == release("5.3")
    assert release("17.4.0rc1") == release("17.4")
    assert release("unknown") == (0,)


@pytest.mark.parametrize(
    ("info", "level", "said"),
    [
        ({}, "ok", "Docker is not open to the network, and keeps containers in."),
        ({"Warnings": [OPEN]}, "fail", "API is accessible on http://0.0.0.0:2375 without encryption."),
        ({"SecurityOptions": ["name=apparmor"]}, "fail", "Docker filters no system calls"),
        (
            {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=unconfined"]},
            "fail",
            "Docker filters no system calls",
        ),
        ({"SecurityOptions": ["name=seccomp,profile=builtin"]}, "warn", "Neither AppArmor nor SELinux"),
        ({"SecurityOptions": ["name=seccomp,profile=builtin", "name=selinux"]}, "ok", "keeps containers in"),
        ({"RegistryConfig": {"IndexConfigs": {"r:5000": {"Secure": False}}}}, "warn", "without TLS from r:5000"),
    ],
)
def test_the_engine(info: dict[str, Any], level: str, said: str) -> None:
    (found,) = daemon.check(INFO | info)
    assert found.level == level
    assert said in found.message
    assert found.fix or level == "ok"


def test_dockers_socket() -> None:
    (open_,) = daemon.socket("/run/x", 0o140666, [])
    assert (open_.level, open_.fix) == ("fail", "sudo chmod 660 /run/x")
    (group,) = daemon.socket("/run/x", 0o140660, ["bob", "alice"])
    assert (group.level, group.message) == (
        "ok",
        "Who can use Docker, and so is root: root and the group docker, alice, bob.",
    )
    (nobody,) = daemon.socket("/run/x", 0o140660, [])
    assert nobody.message == "Only root can use Docker."


def test_pulled_images() -> None:
    (loose,) = pinned.check({"a": "r/a:1", "b": "r/b:1"}, ["b"])
    assert (loose.level, loose.fix) == ("warn", "stackctl images lock a")
    assert levels(pinned.check({"a": "r/a:1"}, ["a"])) == ["ok"]
    assert levels(pinned.check({}, [])) == []


HUB = Contents(
    "debian",
    "13",
    dated=int(datetime.now().timestamp()),
    packages=(
        Package("conda", "python", "3.13.1", "h1"),
        Package("deb", "libssl3t64", "3.5.1-1", "amd64", ("openssl", "3.5.1-1")),
        Package("pypi", "jinja2", "3.1.2"),
    ),
)


class Here:
    """A stack with a hub and a pulled notebook image, whose contents a test can change."""

    def __init__(self, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checkout = checkout
        self.inside: dict[str, Contents | StackError] = {"hub": HUB, "r/sci:1": HUB}
        self.containers = [("hub", container()), ("", container())]
        pulled = Image(name="sci", title={"en": "x"}, reference="r/sci:1")
        monkeypatch.setattr(Stack, "compose", SimpleNamespace(images=lambda: {"hub": "hub", "gate": "gate"}))
        monkeypatch.setattr(Stack, "catalogue", SimpleNamespace(offered=[pulled]))
        engine = SimpleNamespace(
            image_id=lambda name: name if name in self.inside else "",
            inspected=lambda _: self.containers,
            info=lambda: INFO,
            sweep=lambda _: None,
        )
        monkeypatch.setattr(Stack, "engine", engine)
        monkeypatch.setattr(image_contents, "read", self._read)
        monkeypatch.setattr("stackctl.doctor.host.engine_state", lambda: "")

    def _read(self, _engine: Any, image: str, _stack: str) -> Contents:
        found = self.inside[image]
        if isinstance(found, StackError):
            raise found
        return found

    def audit(self) -> tuple[int, list[tuple[str, str]]]:
        """How it ends, and what it finds that is not well: topic and message."""
        ran = self.checkout.stackctl("audit", "--json")
        found = json.loads(ran.out)
        assert all(item["fix"] for item in found if item["level"] != "ok")
        return ran.code, [(item["topic"], item["message"]) for item in found if item["level"] != "ok"]


@pytest.fixture
def here(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(checkout, monkeypatch)


def test_nobody_is_asked_unless_told(here: Here) -> None:
    code, found = here.audit()
    assert code == 0
    pulled, asked = [message for topic, message in found if topic == "Images"]
    assert pulled == "sci is pulled as r/sci:1, whatever that stands for at the registry by then."
    assert asked.endswith("is not looked at: STACK_OSV_URL does not say whom to ask.")


def test_whoever_is_asked_and_does_not_answer_is_no_failure(here: Here) -> None:
    here.checkout.env.write_text("STACK_OSV_URL=http://me:secret@127.0.0.1:9\n")
    code, found = here.audit()
    assert code == 0
    assert found[-1][1].endswith("not looked at: 127.0.0.1: no connection (ConnectionError).")


def test_what_osv_knows_is_a_failure(here: Here, server: Server) -> None:  # noqa: F811
    here.checkout.env.write_text(f"STACK_OSV_URL={server.url}\n")
    code, found = here.audit()
    assert code == Exit.CHECK_FAILED
    assert ("Images", "openssl 3.5.1-1 in hub, sci is known to be vulnerable: DSA-6000-1.") in found
    assert ("Images", "jinja2 3.1.2 in hub, sci is known to be vulnerable: CVE-2025-1, GHSA-open.") in found
    assert server.asked[0] == "/v1/querybatch 2", "each once, and conda's not"


def test_what_the_other_topics_find_is_shown(here: Here) -> None:
    (here.checkout.root / ".stack").mkdir(mode=0o755)
    here.containers = [("hub", container(Privileged=True))]
    old = Package("pypi", "jupyterhub", "6.1.0")
    here.inside["hub"] = Contents("debian", "13", dated=1, packages=(old,))
    code, found = here.audit()
    assert code == Exit.CHECK_FAILED
    assert ("Secrets", ".stack is secret, and others on this server can read it.") in found
    assert ("Containers", "stackhub-x is privileged: it is root on this server (CIS 5.5).") in found
    assert any(topic == "Images" and message.startswith("hub has jupyterhub 6.1.0, and 6.1.1") for topic, message in found)
    assert any(message.startswith("hub: its Debian packages are") for _, message in found)
    assert not any(message.startswith("sci has") for _, message in found)


def test_an_image_that_cannot_be_looked_into_is_said(here: Here) -> None:
    here.inside["hub"] = StackError("Docker does not run a throw-away container: no sh", "See: docker info")
    code, found = here.audit()
    assert code == 0
    assert ("Images", "hub is not looked into. Docker does not run a throw-away container: no sh") in found


def test_before_there_is_any_image(here: Here) -> None:
    here.inside, here.containers = {}, []
    _, found = here.audit()
    assert ("Images", "No image of the stack's is here.") in found
    assert ("Containers", "The stack is not running; what its containers may do is seen when it is.") in found


def test_what_a_package_is_called_at_osv() -> None:
    ubuntu = Contents("ubuntu", "24.04", lasting=True)
    deb = Package("deb", "libssl3t64", "3", "amd64", ("openssl", "3"))
    assert str(audit._asked(deb, ubuntu)).count("Ubuntu:24.04:LTS") == 1
    assert audit._asked(deb, Contents("alpine", "3")) is None
    assert audit._asked(deb, Contents("debian", "")) is None
    assert audit._asked(Package("conda", "x", "1"), ubuntu) is None

"""`stackctl audit`: its check groups on a stack without Docker, whose images and containers a test chooses."""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from stackctl.catalogue import Image
from stackctl.doctor import image_contents
from stackctl.doctor.image_contents import Contents, Package
from stackctl.errors import Exit, StackError
from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.doctor.checks.security.test_container_rights import container
from tests.unit.stackctl.doctor.checks.security.test_docker_daemon import INFO

HUB = Contents(updated=int(datetime.now().timestamp()), packages=(Package("pypi", "jupyterhub", "6.1.1"),))


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
        monkeypatch.setattr("stackctl.doctor.runner.docker_daemon.problem", lambda: "")

    def _read(self, _engine: Any, image: str, _stack: str) -> Contents:
        result = self.inside[image]
        if isinstance(result, StackError):
            raise result
        return result

    def audit(self) -> tuple[int, list[tuple[str, str]]]:
        """The exit code, and group and message of each result that is not ok."""
        ran = self.checkout.stackctl("audit", "--json")
        results = json.loads(ran.out)
        assert all(item["fix"] for item in results if item["level"] != "ok")
        return ran.code, [(item["group"], item["message"]) for item in results if item["level"] != "ok"]


@pytest.fixture
def here(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(checkout, monkeypatch)


def test_a_pulled_image_without_a_digest_is_no_failure(here: Here) -> None:
    code, problems = here.audit()
    assert code == 0
    (unpinned,) = [message for group, message in problems if group == "Image security"]
    assert unpinned == "sci is not locked to a digest: the next pull gets what the registry then has as r/sci:1."


def test_each_group_reports_its_problems(here: Here) -> None:
    (here.checkout.root / ".stack").mkdir(mode=0o755)
    here.containers = [("hub", container(Privileged=True))]
    here.inside["hub"] = Contents(1, (Package("pypi", "jupyterhub", "6.1.0"),))
    code, problems = here.audit()
    assert code == Exit.CHECK_FAILED
    assert ("Secrets", ".stack is secret, but others on this server can read it.") in problems
    assert ("Container rights", "stackhub-x is privileged: it is root on this server (CIS 5.5).") in problems
    messages = [message for group, message in problems if group == "Image security"]
    assert any(message.startswith("hub has jupyterhub 6.1.0; 6.1.1 or newer is needed") for message in messages)
    assert any(message.startswith("hub: its Debian packages lack") for message in messages)
    assert not any(message.startswith("sci has") for message in messages)


def test_an_image_that_cannot_be_read_is_a_warning(here: Here) -> None:
    here.inside["hub"] = StackError("Docker could not run a temporary container: no sh", "See: docker info")
    code, problems = here.audit()
    assert code == 0
    assert (
        "Image security",
        "The packages of hub are unknown. Docker could not run a temporary container: no sh",
    ) in problems


def test_before_there_is_any_image(here: Here) -> None:
    here.inside, here.containers = {}, []
    _, problems = here.audit()
    assert ("Image security", "None of the stack's images is on this server.") in problems
    assert ("Container rights", "The stack is not running; rights of containers were not checked.") in problems

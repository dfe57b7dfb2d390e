"""Docker ends, by SIGKILL or SIGTERM as at a reboot, and is started again: the stack is back, and people can start."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.support.moved import MovedStack, stack_on_a_server
from tests.support.person import Person
from tests.support.waiting import wait_until

START_DOCKER = "from stackctl.host import docker_daemon; docker_daemon.start()"


@pytest.fixture(scope="module")
def lone_stack(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MovedStack]:
    """A running stack on a server of its own, whose Docker nothing else uses."""
    with stack_on_a_server(tmp_path_factory.mktemp("lone")) as running:
        yield running


@pytest.fixture(scope="module")
def lone_alice(lone_stack: MovedStack) -> Person:
    """A person with an account there."""
    return Person(lone_stack, "alice", lone_stack.add_user("alice"))


@pytest.mark.parametrize("how", [pytest.param(signal.SIGTERM, marks=pytest.mark.full), signal.SIGKILL])
def test_the_stack_comes_back_with_docker(lone_stack: MovedStack, lone_alice: Person, how: signal.Signals) -> None:
    lone_alice.start().write("kept.txt", "kept")
    lone_stack.wait_until_healthy()
    assert lone_stack.server
    lone_stack.server.end_docker(how)
    assert lone_stack.answer() == 0
    lone_stack.run(".venv/bin/python", "-c", START_DOCKER)
    lone_stack.wait_until_ready(120)
    wait_until(lambda: lone_alice.name not in lone_stack.servers(), 60, "the hub has removed what Docker has ended")
    assert lone_alice.hub("GET").json()["servers"] == {}
    assert lone_alice.start().read("kept.txt") == "kept"
    lone_stack.wait_until_healthy()

"""A Docker that is silent or refuses, and a hub that is killed between two calls to it: both agree again afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.stack.operation.engine_gate import EngineGate
from tests.stack.operation.test_faults import kill, remembers
from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

OVERRIDE = """
services:
  gate:
    volumes: ["SOCKET:/run/docker.sock"]
"""
FULL = pytest.mark.full
CONFIGURATION = """
c.StackSpawner.poll_interval = 2
c.JupyterHub.tornado_settings = {"slow_stop_timeout": 1}
"""


@pytest.fixture(scope="module")
def gate() -> Iterator[EngineGate]:
    """Between the stack's own gate and Docker."""
    listening = EngineGate()
    yield listening
    listening.end()


@pytest.fixture(scope="module")
def stack(running: Stack, gate: EngineGate) -> Iterator[Stack]:
    override = OVERRIDE.replace("SOCKET", str(gate.path))
    running.become(files={"compose.override.yaml": override, "hub/conf.d/silent-docker.py": CONFIGURATION})
    yield running
    running.become()  # while there is something at the socket


def agree(person: Person) -> bool:
    """Whether the hub says of the person's server what Docker says, and nothing is going on."""
    known = person.hub("GET").json()["servers"].get("")
    container = person.stack.servers().get(person.name)
    if container is None:
        return known is None
    return bool(container.status == "running" and known and known["ready"])


def holds_memory(person: Person) -> bool:
    """Whether what the person's server holds is counted."""
    state = person.stack.inside("hub", HELD.replace("NAME", person.name))
    return "small" in state


HELD = """python - <<'.'
import sqlite3
found = sqlite3.connect("/srv/jupyterhub/jupyterhub.sqlite").execute(
    "SELECT spawners.state FROM spawners JOIN users ON users.id = user_id WHERE users.name = 'NAME'"
)
print(found.fetchall())
.
"""


@pytest.fixture
def bob(bob: Person) -> Iterator[Person]:
    """Somebody whose server can be started after whatever has happened."""
    bob.stop()
    yield bob
    wait_until(lambda: agree(bob), 90, "hub and Docker agree")
    bob.start()
    bob.write("after.txt", "after")
    bob.stop()
    assert bob.name not in bob.stack.servers()


def test_a_hub_that_starts_while_docker_is_silent_says_so_and_goes_on(
    stack: Stack, gate: EngineGate, alice: Person, page: Page
) -> None:
    with Kernel(alice.start()) as kernel:
        kernel.run("remembered = 'before'")
        with gate.closes():
            stack.services()["hub"].restart()
            wait_until(lambda: "Waiting for Docker" in stack.logs()[f"{stack.name}-hub-1"], 60, "the hub waits")
            answer = page.goto(f"{stack.url}/hub/login")
            assert answer is not None
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
            expect(page.get_by_role("heading", name="The hub is waiting for Docker")).to_be_visible()
            expect(page.get_by_role("heading", name="正在等待 Docker")).to_be_visible()
            assert kernel.run("print(remembered)") == "before"
        expect(page.get_by_label("Username")).to_be_visible(timeout=60_000)
        wait_until(alice.is_ready, 60, "the hub has found the server again")
        assert remembers(kernel)


def test_servers_go_on_while_docker_is_silent(gate: EngineGate, alice: Person, bob: Person) -> None:
    """A start during that time fails with the reason."""
    with Kernel(alice.start()) as kernel:
        kernel.run("remembered = 'before'")
        with gate.closes():
            answer = bob.hub("POST", "/server")
            assert answer.status_code == 500
            assert answer.json()["message"].startswith("Docker is not responding on this server.")
            assert alice.hub("POST", "/server").json()["message"].endswith("already running")
            assert alice.is_ready()
        assert remembers(kernel)


def test_servers_go_on_while_docker_hangs(stack: Stack, gate: EngineGate, alice: Person) -> None:
    with Kernel(alice.start()) as kernel:
        kernel.run("remembered = 'before'")
        began, hub = time.time(), stack.services()["hub"]
        with gate.hangs():
            warning = "Docker does not answer about alice"
            wait_until(lambda: warning in hub.logs(since=began).decode(), 40, "the hub has waited for Docker")
            assert alice.is_ready()
        assert alice.is_ready()
        assert remembers(kernel)


@pytest.mark.parametrize("refused", ["", *(pytest.param(call, marks=FULL) for call in ("POST .*/stop", "DELETE .*"))])
def test_a_server_that_docker_does_not_stop_is_stopping_until_it_does(gate: EngineGate, bob: Person, refused: str) -> None:
    bob.start()
    with gate.refuses(refused) if refused else gate.closes():
        assert bob.hub("DELETE", "/server").status_code == 202
        assert bob.hub("GET").json()["servers"][""]["pending"] == "stop"
        assert holds_memory(bob)
        assert bob.name in bob.stack.servers()
    wait_until(lambda: bob.name not in bob.stack.servers(), 60, "Docker has stopped it")
    wait_until(lambda: not bob.hub("GET").json()["servers"], 20, "the hub has noticed")


@pytest.mark.parametrize(
    ("call", "done"),
    [("POST .*/containers/create.*", True), *(pytest.param("POST .*/start", done, marks=FULL) for done in (False, True))],
)
def test_a_hub_killed_in_the_middle_of_a_start(gate: EngineGate, bob: Person, call: str, done: bool) -> None:
    with gate.holds(call, done=done) as held:
        threading.Thread(target=bob.hub, args=("POST", "/server")).start()
        assert held.arrived.wait(60)
        kill(bob.stack, "hub", "stackhub")
    bob.stack.wait_until_ready(120)
    wait_until(lambda: agree(bob), 90, "hub and Docker agree")
    if "start" in call and done:
        assert bob.is_ready(), "Docker kept it"
        assert holds_memory(bob)
        assert bob.read("after.txt") == "after"
    else:
        assert bob.name not in bob.stack.servers()


@pytest.mark.parametrize(
    ("call", "done"), [("DELETE .*", True), *(pytest.param("POST .*/stop", done, marks=FULL) for done in (False, True))]
)
def test_a_hub_killed_in_the_middle_of_a_stop(gate: EngineGate, bob: Person, call: str, done: bool) -> None:
    bob.start()
    with gate.holds(call, done=done) as held:
        threading.Thread(target=bob.hub, args=("DELETE", "/server")).start()
        assert held.arrived.wait(60)
        kill(bob.stack, "hub", "stackhub")
    bob.stack.wait_until_ready(120)
    wait_until(lambda: agree(bob), 60, "hub and Docker agree")

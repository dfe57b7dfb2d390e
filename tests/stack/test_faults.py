"""What breaks, restarts or stops must leave kernels as they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.stack.browser import go
from tests.stack.kernel import Kernel
from tests.stack.person import Person
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

KILL = """
for process in /proc/[0-9]*; do
    if [ $process != /proc/$$ ] && grep -qa {} $process/cmdline; then kill -9 ${{process#/proc/}}; fi
done
"""


@pytest.fixture
def kernel(alice: Person) -> Iterator[Kernel]:
    """A kernel that remembers something, with a websocket that stays open."""
    with Kernel(alice.start()) as running:
        running.run("remembered = 'before'")
        yield running


@pytest.fixture
def all_running(stack: Stack) -> Iterator[None]:
    """Whatever a test stopped is started again."""
    yield
    stack.run("docker", "compose", "start")
    stack.wait_until_ready()


def remembers(kernel: Kernel) -> bool:
    """Whether a new websocket to the same kernel finds what it was told before."""
    with Kernel(kernel.person, kernel.ident) as again:
        return again.run("print(remembered)") == "before"


def reachable(person: Person) -> bool:
    """Whether nginx and the proxy lead to the person's own server."""
    return person.stack.answer(f"/user/{person.name}/api") == 200


def kill(stack: Stack, service: str, program: str) -> None:
    """Kill a service's own process from inside, as the kernel would, and wait until its container runs anew."""
    restarts = stack.services()[service].attrs["RestartCount"]
    stack.inside(service, KILL.format(program))
    wait_until(lambda: stack.services()[service].attrs["RestartCount"] > restarts, 30, f"the restart of {service}")
    wait_until(lambda: stack.services()[service].status == "running", 30, f"{service} is running")


def test_a_killed_hub_comes_back_and_kernels_go_on(stack: Stack, kernel: Kernel, page: Page) -> None:
    kill(stack, "hub", "stackhub")
    assert kernel.run("print(remembered)") == "before", "the open websocket"
    stack.wait_until_ready()
    assert remembers(kernel)
    assert kernel.person.is_ready()
    assert kernel.person.sign_in()[1].status_code == 302
    go(page, f"{stack.url}/hub/login")
    expect(page.get_by_label("Username")).to_be_visible()


def test_a_server_can_be_stopped_and_started_after_the_hub_was_killed(stack: Stack, bob: Person) -> None:
    bob.start().write("kept.txt", "kept")
    kill(stack, "hub", "stackhub")
    stack.wait_until_ready()
    wait_until(bob.is_ready, 20, "the hub has found bob's server again")
    bob.stop()
    bob.start()
    assert bob.read("kept.txt") == "kept"


def test_a_killed_nginx_comes_back_and_kernels_go_on(stack: Stack, kernel: Kernel) -> None:
    kill(stack, "nginx", "nginx")
    stack.wait_until_ready()
    assert remembers(kernel)


def test_a_killed_proxy_comes_back_and_kernels_are_reachable(stack: Stack, kernel: Kernel) -> None:
    """A new proxy knows no route: the hub has to notice by itself."""
    kill(stack, "proxy", "configurable-http-proxy")
    wait_until(lambda: reachable(kernel.person), 10, "the route to the server")
    assert remembers(kernel)


@pytest.mark.parametrize("service", ["gate", "hub", "nginx", "proxy", "walls", ""])
def test_kernels_are_there_as_soon_as_restart_ends(stack: Stack, kernel: Kernel, service: str) -> None:
    stack.ctl("restart", *filter(None, [service]))
    assert remembers(kernel)


@pytest.mark.usefixtures("all_running")
def test_a_page_says_that_the_hub_is_stopped_and_comes_back_by_itself(stack: Stack, kernel: Kernel, page: Page) -> None:
    stack.services()["hub"].stop(timeout=10)
    answer = go(page, f"{stack.url}/hub/login")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", name="The hub is starting")).to_be_visible()
    assert kernel.run("print(remembered)") == "before"
    stack.services()["hub"].start()
    expect(page.get_by_label("Username")).to_be_visible(timeout=60_000)


@pytest.mark.usefixtures("all_running")
def test_the_page_is_there_while_the_proxy_is_stopped_too(stack: Stack, kernel: Kernel, page: Page) -> None:
    stack.services()["proxy"].stop(timeout=10)
    assert stack.session().put(f"{stack.url}/user/alice/api/contents/a", b"x" * 2**21, timeout=10).status_code == 503
    answer = go(page, f"{stack.url}/hub/login")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", name="The hub is starting")).to_be_visible()
    stack.services()["proxy"].start()
    expect(page.get_by_label("Username")).to_be_visible(timeout=60_000)
    wait_until(lambda: reachable(kernel.person), 30, "the route to the server")
    assert remembers(kernel)


def test_a_server_that_has_died_is_said_to_not_answer(alice: Person, bob: Person, page: Page) -> None:
    """And the next start works, with nothing for the operator to do."""
    bob.start()
    bob.stack.servers()[bob.name].kill()
    answer = go(page, f"{bob.server_url}api")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", name="The notebook server does not answer")).to_be_visible()
    wait_until(lambda: not bob.hub("GET").json()["servers"], 60, "the hub has noticed")
    bob.start()
    assert alice.start().is_ready()


def test_a_server_that_comes_back_at_another_address_is_reached_at_once(alice: Person, bob: Person) -> None:
    """The hub must not remember addresses, as resolvers do for as long as Docker's name server says: ten minutes."""
    for person in (alice, bob):
        person.stop()
    alice.start()
    bob.start()
    former = address(bob)
    alice.stop()
    bob.stop()
    begun = time.monotonic()
    bob.start()
    assert address(bob) != former, "Docker gives the lowest address that is free"
    assert time.monotonic() - begun < 30, "a start that went to the former address would end after 60 s"


def address(person: Person) -> str:
    networks = person.stack.servers()[person.name].attrs["NetworkSettings"]["Networks"]
    return str(networks[f"{person.stack.name}-users"]["IPAddress"])


def test_a_server_whose_container_was_removed_is_started_again(bob: Person) -> None:
    bob.start().write("kept.txt", "kept")
    bob.stack.servers()[bob.name].remove(force=True)
    assert bob.hub("POST", "/server").status_code in (201, 202), "nothing has to be noticed first"
    assert bob.start().read("kept.txt") == "kept"


def test_up_connects_a_server_that_somebody_disconnected(stack: Stack, bob: Person) -> None:
    bob.start()
    server = stack.servers()[bob.name]
    stack.docker.networks.get(f"{stack.name}-users").disconnect(server)
    said = json.loads(stack.ctl("doctor", "--json", "--quiet-call=1", code=0).out)
    assert [item["message"] for item in said if item["topic"] == "Notebook servers"] == [
        "The server of bob is off its network: its user is cut off."
    ]
    assert f"{server.name}: connect" in stack.ctl("up", "--dry-run").err
    said_by_up = stack.ctl("up", "--yes").err
    assert f"{server.name}: connect (it was off its network)" in said_by_up
    assert "Nothing to change." not in said_by_up
    wait_until(lambda: reachable(bob), 10, "the way to the server")
    assert stack.servers()[bob.name].id == server.id
    assert "Nothing to change." in stack.ctl("up", "--yes").err


def test_up_mends_a_network_that_somebody_removed(stack: Stack, kernel: Kernel) -> None:
    network = stack.docker.networks.get(f"{stack.name}-users")
    for container in network.containers:
        network.disconnect(container, force=True)
    network.remove()
    assert stack.answer() != 200
    assert "hub: recreate (it is off its network)" in stack.ctl("up", "--yes").err
    wait_until(lambda: reachable(kernel.person), 30, "the route to the server")
    assert remembers(kernel)

"""What breaks, restarts or stops must leave kernels as they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

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
    """Whether a new websocket to the same kernel remembers what ran before."""
    with Kernel(kernel.person, kernel.ident) as again:
        return again.run("print(remembered)") == "before"


def reachable(person: Person) -> bool:
    """Whether nginx and the proxy lead to the person's own server."""
    return person.stack.answer(f"/user/{person.name}/api") == 200


def kill(stack: Stack, service: str, program: str) -> None:
    """Kill a service's own process from inside, as the kernel would, and wait until its container runs again."""
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
    page.goto(f"{stack.url}/hub/login")
    expect(page.get_by_label("Username")).to_be_visible()


@pytest.mark.full
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


FULL = [pytest.param(name, marks=pytest.mark.full) for name in ("gate", "hub", "nginx", "walls")]


@pytest.mark.parametrize("service", ["proxy", "", *FULL])
def test_kernels_are_there_as_soon_as_restart_ends(stack: Stack, kernel: Kernel, service: str) -> None:
    stack.ctl("restart", *filter(None, [service]))
    assert remembers(kernel)


@pytest.mark.usefixtures("all_running")
def test_a_page_says_that_the_hub_is_stopped_and_comes_back_by_itself(stack: Stack, kernel: Kernel, page: Page) -> None:
    stack.services()["hub"].stop(timeout=10)
    answer = page.goto(f"{stack.url}/hub/login")
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
    answer = page.goto(f"{stack.url}/hub/login")
    assert answer is not None
    assert answer.status == 503
    expect(page.get_by_role("heading", name="The hub is starting")).to_be_visible()
    stack.services()["proxy"].start()
    expect(page.get_by_label("Username")).to_be_visible(timeout=60_000)
    wait_until(lambda: reachable(kernel.person), 30, "the route to the server")
    assert remembers(kernel)


def test_a_server_that_has_died_does_not_answer(alice: Person, bob: Person, page: Page) -> None:
    """And the next start works, with nothing for the operator to do."""
    bob.start()
    bob.stack.servers()[bob.name].kill()
    answer = page.goto(f"{bob.server_url}api")
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
    before = address(bob)
    alice.stop()
    bob.stop()
    begun = time.monotonic()
    bob.start()
    assert address(bob) != before, "Docker gives the lowest address that is free"
    assert time.monotonic() - begun < 30, "a start that went to the old address would end after 60 s"


def address(person: Person) -> str:
    networks = person.stack.servers()[person.name].attrs["NetworkSettings"]["Networks"]
    return str(networks[f"{person.stack.name}-users"]["IPAddress"])


def test_a_server_whose_container_was_removed_is_started_again(bob: Person) -> None:
    bob.start().write("kept.txt", "kept")
    bob.stack.servers()[bob.name].remove(force=True)
    assert bob.hub("POST", "/server").status_code in (201, 202), "nothing has to be noticed first"
    assert bob.start().read("kept.txt") == "kept"


def test_up_replaces_a_hub_whose_mounted_file_is_gone(stack: Stack, tmp_path: Path) -> None:
    company = tmp_path / "company.crt"
    company.write_bytes(Path("/etc/ssl/certs/ca-certificates.crt").read_bytes())
    stack.become({"GITLAB_CA_FILE": str(company)})
    company.unlink()
    stack.become()
    assert "Nothing to do" in stack.ctl("up", "--dry-run").err


@pytest.mark.full
def test_up_connects_a_server_that_somebody_disconnected(stack: Stack, bob: Person) -> None:
    bob.start()
    server = stack.servers()[bob.name]
    stack.docker.networks.get(f"{stack.name}-users").disconnect(server)
    findings = json.loads(stack.ctl("doctor", "--json", "--quiet-call=1", code=0).out)
    assert [item["message"] for item in findings if item["group"] == "Notebook servers"] == [
        "The server of bob is not connected to its network: its user cannot reach it."
    ]
    assert f"{server.name}: connect" in stack.ctl("up", "--dry-run").err
    output = stack.ctl("up", "--yes").err
    assert f"{server.name}: connect (it is off its network)" in output
    assert "Nothing to change." not in output
    wait_until(lambda: reachable(bob), 10, "the way to the server")
    assert stack.servers()[bob.name].id == server.id
    assert "Nothing to do" in stack.ctl("up", "--dry-run").err


def test_up_mends_a_network_that_somebody_removed(stack: Stack, kernel: Kernel) -> None:
    network = stack.docker.networks.get(f"{stack.name}-users")
    for container in network.containers:
        network.disconnect(container, force=True)
    network.remove()
    assert stack.answer() != 200
    assert "hub: recreate (it is off its network)" in stack.ctl("up", "--yes").err
    wait_until(lambda: reachable(kernel.person), 30, "the route to the server")
    assert remembers(kernel)

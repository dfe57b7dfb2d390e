"""Somebody with a notebook server tries to reach what is not theirs, and so does somebody who has the hub.

Each place is reached where the walls are taken down for a moment, so that it is the walls that keep people from it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.attack.elsewhere import LISTEN, METADATA, PORT, PRIVATE, PUBLIC, elsewhere
from tests.stack.person import Person
from tests.stack.rules import nft
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

REACH = Path(__file__).with_name("reach.py").read_text()
Place = tuple[str, str, str, int]

INTERNET = ("the internet", "tcp", PUBLIC, PORT)
NAMES = ("a private address by UDP", "udp", PRIVATE, PORT)


@pytest.fixture(scope="module")
def around(stack: Stack) -> Iterator[None]:
    """Other machines, and a program of this server's that listens at all of its addresses."""
    listening = subprocess.Popen([sys.executable, str(LISTEN), str(PORT)])
    try:
        with elsewhere(f"{stack.name[:10]}-n"):
            yield
    finally:
        listening.kill()
        listening.wait()


@pytest.fixture
def servers(stack: Stack, around: None, alice: Person, bob: Person) -> dict[str, Container]:
    """Two people's notebook servers, in the second of which a program listens besides."""
    for person in (alice, bob):
        person.start()
    found = stack.servers()
    found["bob"].exec_run(["python3", "-c", LISTEN.read_text(), str(PORT)], detach=True)
    return found


def address(container: Container) -> str:
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    return str(next(item["IPAddress"] for item in networks))


def places(stack: Stack, bob: Container) -> list[Place]:
    """What neither notebook server nor hub is to reach, the hub aside in the case of notebook servers' own port."""
    gateway = stack.docker.networks.get(f"{stack.name}-users").attrs["IPAM"]["Config"][0]["Gateway"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outwards:
        outwards.connect((PUBLIC, PORT))  # sends nothing
        own = outwards.getsockname()[0]
    services = stack.services()
    return [
        ("another's notebook server, another port", "tcp", address(bob), PORT),
        ("another's notebook server by UDP", "udp", address(bob), PORT),
        ("nginx", "tcp", address(services["nginx"]), 8080),
        ("this server at the bridge", "tcp", gateway, PORT),
        ("this server at the bridge by UDP", "udp", gateway, PORT),
        ("this server at its own address", "tcp", own, PORT),
        ("what clouds keep", "tcp", METADATA, PORT),
        ("a private address", "tcp", PRIVATE, PORT),
        NAMES,
    ]


def users_places(stack: Stack, bob: Container) -> list[Place]:
    """What a notebook server besides is not to reach."""
    return [
        *places(stack, bob),
        ("another's notebook server", "tcp", address(bob), 8888),
        ("the proxy", "tcp", address(stack.services()["proxy"]), 8000),
        ("the hub, another port", "tcp", address(stack.services()["hub"]), 22),
    ]


def reached(container: Container, tried: list[Place]) -> set[str]:
    return set(json.loads(output(container, "python3", "-c", REACH, json.dumps(tried))))


def output(container: Container, *command: str) -> str:
    ran = container.exec_run(list(command))
    assert isinstance(ran.output, bytes)
    assert ran.exit_code == 0, ran.output
    return ran.output.decode()


@contextlib.contextmanager
def without_walls(stack: Stack) -> Iterator[None]:
    """Nobody puts them back meanwhile; afterwards they are back by themselves."""
    walls = stack.services()["walls"]
    walls.pause()
    try:
        nft(stack, *(f"delete table {family} stackhub-{stack.name}" for family in ("bridge", "inet")))
        yield
    finally:
        walls.unpause()
    wait_until(lambda: walls.exec_run(["python3", "-m", "stackwalls.check"]).exit_code == 0, 10, "the walls are back")


def test_what_a_notebook_server_reaches(stack: Stack, servers: dict[str, Container]) -> None:
    alice, tried = servers["alice"], users_places(stack, servers["bob"])
    hub = ("the hub's API", "tcp", address(stack.services()["hub"]), 8081)
    assert reached(alice, [*tried, hub, INTERNET]) == {hub[0], INTERNET[0]}
    with without_walls(stack):
        nginx = {"nginx"}  # Docker itself keeps its networks from each other
        assert reached(alice, [*tried, hub, INTERNET]) == {place[0] for place in [*tried, hub, INTERNET]} - nginx
    assert reached(alice, [*tried, hub, INTERNET]) == {hub[0], INTERNET[0]}


def test_what_the_hub_reaches(stack: Stack, servers: dict[str, Container]) -> None:
    tried = [*places(stack, servers["bob"]), INTERNET, ("a notebook server", "tcp", address(servers["bob"]), 8888)]
    assert reached(stack.services()["hub"], tried) == {"the internet", "a notebook server"}


def test_the_proxy_reaches_hub_and_notebook_servers(stack: Stack, servers: dict[str, Container]) -> None:
    """It has no Python: a shell tries it."""
    knock = 'for place; do timeout 2 bash -c "exec 3<>/dev/tcp/$place" 2>/dev/null && echo $place; done; true'
    hub, bob = f"{address(stack.services()['hub'])}/8081", f"{address(servers['bob'])}/8888"
    tried = [hub, bob, f"{PUBLIC}/{PORT}", f"{PRIVATE}/{PORT}", f"{METADATA}/{PORT}", f"{address(servers['bob'])}/{PORT}"]
    assert output(stack.services()["proxy"], "bash", "-c", knock, "knock", *tried).split() == [hub, bob]


def test_there_is_no_way_around_by_ipv6(servers: dict[str, Container]) -> None:
    found = output(servers["alice"], "cat", "/proc/net/if_inet6")
    assert {line.split()[-1] for line in found.splitlines()} <= {"lo"}


def test_without_internet_only_exceptions_are_reached(
    stack: Stack, configured: Callable[..., None], servers: dict[str, Container]
) -> None:
    configured(STACK_EGRESS="none", STACK_EGRESS_EXCEPTIONS=f"{PRIVATE}:{PORT}")
    tried = [*users_places(stack, servers["bob"]), INTERNET]
    assert reached(servers["alice"], tried) == {"a private address", NAMES[0]}
    assert "the internet" in reached(stack.services()["hub"], [INTERNET])


def test_the_rules_go_with_the_stack_and_are_no_other_stacks(stack: Stack) -> None:
    other = f"stackhub-{stack.name}x"
    nft(stack, f"add table inet {other}")
    try:
        walls = stack.services()["walls"]
        walls.restart()
        wait_until(lambda: walls.exec_run(["python3", "-m", "stackwalls.check"]).exit_code == 0, 10, "the walls are back")
        assert other in nft(stack, "list tables")
    finally:
        nft(stack, f"delete table inet {other}")

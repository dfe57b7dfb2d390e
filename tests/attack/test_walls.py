"""The notebook firewall: what a notebook server, the hub and the proxy can reach.

Each destination can be reached while the firewall is removed for a moment, so it is the firewall that blocks it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from docker.models.containers import Container

from tests.attack.elsewhere import LISTEN, METADATA, PORT, PRIVATE, PUBLIC, elsewhere
from tests.support.person import Person
from tests.support.rules import nft
from tests.support.running import Stack
from tests.support.waiting import wait_until

REACH = Path(__file__).with_name("reach.py").read_text()
KNOCK = 'for place; do timeout 2 bash -c "exec 3<>/dev/tcp/$place" 2>/dev/null && echo $place; done; true'
Destination = tuple[str, str, str, int]
"""What it is, protocol, host and port."""

INTERNET = ("the internet", "tcp", PUBLIC, PORT)
NAMES = ("a private address by UDP", "udp", PRIVATE, PORT)


@pytest.fixture(scope="module")
def around(stack: Stack) -> Iterator[None]:
    """Other machines, and a program that listens at all addresses of this server."""
    listening = subprocess.Popen([sys.executable, str(LISTEN), str(PORT)])
    try:
        with elsewhere(f"{stack.name[:10]}-n"):
            yield
    finally:
        listening.kill()
        listening.wait()


@pytest.fixture
def servers(stack: Stack, around: None, alice: Person, bob: Person) -> dict[str, Container]:
    """Two people's notebook servers; in the second one, a program listens at another port."""
    for person in (alice, bob):
        person.start()
    found = stack.servers()
    found["bob"].exec_run(["python3", "-c", LISTEN.read_text(), str(PORT)], detach=True)
    return found


def address(container: Container) -> str:
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    return str(next(item["IPAddress"] for item in networks))


def blocked(stack: Stack, bob: Container) -> list[Destination]:
    """Destinations that neither notebook servers nor the hub may reach."""
    gateway = stack.docker.networks.get(f"{stack.name}-users").attrs["IPAM"]["Config"][0]["Gateway"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outbound:
        outbound.connect((PUBLIC, PORT))  # sends nothing
        own = outbound.getsockname()[0]
    services = stack.services()
    return [
        ("another's notebook server, another port", "tcp", address(bob), PORT),
        ("another's notebook server by UDP", "udp", address(bob), PORT),
        ("nginx", "tcp", address(services["nginx"]), 8080),
        ("this server at the bridge", "tcp", gateway, PORT),
        ("this server at the bridge by UDP", "udp", gateway, PORT),
        ("this server at its own address", "tcp", own, PORT),
        ("the metadata address of clouds", "tcp", METADATA, PORT),
        ("a private address", "tcp", PRIVATE, PORT),
        NAMES,
    ]


def blocked_for_users(stack: Stack, bob: Container) -> list[Destination]:
    """Destinations that a notebook server may not reach."""
    return [
        *blocked(stack, bob),
        ("another's notebook server", "tcp", address(bob), 8888),
        ("the proxy", "tcp", address(stack.services()["proxy"]), 8000),
        ("the hub, another port", "tcp", address(stack.services()["hub"]), 22),
    ]


def reached(container: Container, tried: list[Destination]) -> set[str]:
    return set(json.loads(output(container, "python3", "-c", REACH, json.dumps(tried))))


def output(container: Container, *command: str) -> str:
    ran = container.exec_run(list(command))
    assert isinstance(ran.output, bytes)
    assert ran.exit_code == 0, ran.output
    return ran.output.decode()


@contextlib.contextmanager
def without_firewall(stack: Stack) -> Iterator[None]:
    """Without the rules; afterwards the service restores them by itself."""
    walls = stack.services()["walls"]
    walls.pause()
    try:
        nft(stack, *(f"delete table {family} stackhub-{stack.name}" for family in ("bridge", "inet")))
        yield
    finally:
        walls.unpause()
    wait_until(lambda: walls.exec_run(["python3", "-m", "stackwalls.check"]).exit_code == 0, 10, "the rules are restored")


def test_what_a_notebook_server_reaches(stack: Stack, servers: dict[str, Container]) -> None:
    alice, tried = servers["alice"], blocked_for_users(stack, servers["bob"])
    hub = ("the hub's API", "tcp", address(stack.services()["hub"]), 8081)
    assert reached(alice, [*tried, hub, INTERNET]) == {hub[0], INTERNET[0]}
    with without_firewall(stack):
        nginx = {"nginx"}  # Docker itself isolates its networks
        assert reached(alice, [*tried, hub, INTERNET]) == {place[0] for place in [*tried, hub, INTERNET]} - nginx
    assert reached(alice, [*tried, hub, INTERNET]) == {hub[0], INTERNET[0]}


def test_a_notebook_server_does_not_learn_whose_the_others_are(stack: Stack, servers: dict[str, Container]) -> None:
    """Docker's name server answers for each address on the network, and for each name."""
    ask = "import socket, sys; print(socket.gethostbyaddr(sys.argv[1])[0])"
    told = output(servers["alice"], "python3", "-c", ask, address(servers["bob"]))
    assert f"{stack.name}-user-" in told, "the name server does not know it"
    assert "bob" not in told
    ask = "import socket, sys; print(socket.getaddrinfo(sys.argv[1], None))"
    assert servers["alice"].exec_run(["python3", "-c", ask, f"{stack.name}-user-bob"]).exit_code == 1
    assert address(servers["bob"]) in output(servers["alice"], "python3", "-c", ask, str(servers["bob"].name))


def test_what_the_hub_reaches(stack: Stack, servers: dict[str, Container]) -> None:
    tried = [*blocked(stack, servers["bob"]), INTERNET, ("a notebook server", "tcp", address(servers["bob"]), 8888)]
    assert reached(stack.services()["hub"], tried) == {"the internet", "a notebook server"}


SENDER = """
import socket, sys
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            sock.sendto(b"to everybody", (address, 7777))
        except OSError as error:
            print(address, error)
"""
LISTENER = """
import socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", 7777))
    for group in ("224.0.0.1", "224.0.0.251", "239.1.2.3"):
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton("0.0.0.0"))
    sock.settimeout(3)
    print("listening", flush=True)
    try:
        while True:
            print(sock.recvfrom(100)[0].decode(), flush=True)
    except TimeoutError:
        pass
"""


def heard(stack: Stack, speaker: Container, listener: Container) -> int:
    """How many packets to everybody, or to a group, a container hears from another one."""
    subnet = stack.docker.networks.get(f"{stack.name}-users").attrs["IPAM"]["Config"][0]["Subnet"]
    everybody = ["255.255.255.255", str(IPv4Network(subnet).broadcast_address)]
    groups = ["224.0.0.1", "224.0.0.251", "239.1.2.3"]
    listening = subprocess.Popen(
        ["docker", "exec", str(listener.id), "python3", "-c", LISTENER], stdout=subprocess.PIPE, text=True
    )
    assert listening.stdout
    assert listening.stdout.readline() == "listening\n"
    output(speaker, "python3", "-c", SENDER, *everybody, *groups, "ff02::1%eth0")
    lines = listening.communicate(timeout=30)[0].splitlines()
    assert set(lines) <= {"to everybody"}
    return len(lines)


def test_nobody_hears_broadcast_or_multicast(stack: Stack, servers: dict[str, Container]) -> None:
    alice, bob, hub = servers["alice"], servers["bob"], stack.services()["hub"]
    pairs = [(alice, bob), (alice, hub), (hub, bob)]
    assert [heard(stack, *pair) for pair in pairs] == [0, 0, 0]
    with without_firewall(stack):
        assert [heard(stack, *pair) for pair in pairs] == [5, 5, 5]


def test_accounts_of_this_server_do_not_reach_the_network(stack: Stack, servers: dict[str, Container]) -> None:
    places = [f"{address(stack.services()['hub'])}/8081", f"{address(servers['bob'])}/8888"]

    def reached_as(user: int) -> list[str]:
        rights = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        ran = subprocess.run([*rights, "bash", "-c", KNOCK, "knock", *places], capture_output=True, text=True, check=True)
        return ran.stdout.split()

    assert (reached_as(0), reached_as(65534)) == (places, [])
    with without_firewall(stack):
        assert reached_as(65534) == places


OPENING = """
import socket, sys, time
opened, end = 0, time.monotonic() + 3
while opened < 1000 and time.monotonic() < end:
    with socket.socket() as sock:
        sock.settimeout(0.05)
        opened += sock.connect_ex((sys.argv[1], 8081)) == 0
print(opened)
"""


def test_the_hub_is_not_flooded_with_connections(stack: Stack, servers: dict[str, Container]) -> None:
    hub = address(stack.services()["hub"])
    assert 150 < int(output(servers["alice"], "python3", "-c", OPENING, hub)) < 300, "200 at once, then 20 a second"
    with without_firewall(stack):
        assert int(output(servers["bob"], "python3", "-c", OPENING, hub)) > 300


def test_the_proxy_reaches_hub_and_notebook_servers(stack: Stack, servers: dict[str, Container]) -> None:
    """Its image has no Python, so a shell tries it."""
    hub, bob = f"{address(stack.services()['hub'])}/8081", f"{address(servers['bob'])}/8888"
    tried = [hub, bob, f"{PUBLIC}/{PORT}", f"{PRIVATE}/{PORT}", f"{METADATA}/{PORT}", f"{address(servers['bob'])}/{PORT}"]
    assert output(stack.services()["proxy"], "bash", "-c", KNOCK, "knock", *tried).split() == [hub, bob]


def test_ipv6_does_not_bypass_the_rules(servers: dict[str, Container]) -> None:
    found = output(servers["alice"], "cat", "/proc/net/if_inet6")
    assert {line.split()[-1] for line in found.splitlines()} <= {"lo"}


def test_a_stack_manages_its_own_rules_and_no_other_stacks(stack: Stack) -> None:
    other = f"stackhub-{stack.name}x"
    nft(stack, f"add table inet {other}")
    try:
        walls = stack.services()["walls"]
        walls.restart()
        wait_until(
            lambda: walls.exec_run(["python3", "-m", "stackwalls.check"]).exit_code == 0, 10, "the rules are restored"
        )
        assert other in nft(stack, "list tables")
    finally:
        nft(stack, f"delete table inet {other}")


def test_without_internet_only_exceptions_are_reached(stack: Stack, servers: dict[str, Container]) -> None:
    stack.configure(STACK_EGRESS="none", STACK_EGRESS_EXCEPTIONS=f"{PRIVATE}:{PORT}")
    stack.ctl("up", "--yes")
    tried = [*blocked_for_users(stack, servers["bob"]), INTERNET]
    assert reached(servers["alice"], tried) == {"a private address", NAMES[0]}
    assert "the internet" in reached(stack.services()["hub"], [INTERNET])


def test_a_name_that_leads_to_the_metadata_address_is_no_exception(stack: Stack, servers: dict[str, Container]) -> None:
    hosts = {"services": {"walls": {"extra_hosts": [f"trick.example.org:{METADATA}", f"nas.example.org:{PRIVATE}"]}}}
    (stack.root / "compose.override.yaml").write_text(json.dumps(hosts))
    stack.configure(STACK_EGRESS_EXCEPTIONS=f"trick.example.org:{PORT},nas.example.org:{PORT}")
    stack.ctl("up", "--yes")
    wait_until(lambda: PRIVATE in nft(stack, f"list table inet stackhub-{stack.name}"), 10, "names were looked up")
    assert f"{METADATA} meta l4proto" in nft(stack, f"list table inet stackhub-{stack.name}"), "it was not looked up"
    tried = [("the metadata address of clouds", "tcp", METADATA, PORT), ("a private address", "tcp", PRIVATE, PORT)]
    assert reached(servers["alice"], tried) == {"a private address"}

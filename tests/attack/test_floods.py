"""Floods without an account: what they open is closed when their connections are. Bounded, and to this host only."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import docker
import pytest

from tests.support.running import Stack
from tests.support.waiting import wait_until

MANY = 100
"""Connections of a flood."""
KEPT = MANY + 20
"""Descriptors that may stay: the proxy keeps connections to the hub for the next requests, as many as it had at once."""

UPGRADE = "GET /user/nobody/x HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
BODY = f"{UPGRADE}Content-Length: 5\r\n\r\nhello"
HUB = UPGRADE.replace("/user/nobody/x", "/hub/x")


def descriptors(stack: Stack, service: str) -> int:
    """The open files of a service's processes."""
    container = docker.from_env().containers.get(f"{stack.name}-{service}-1")
    counted = container.exec_run(["sh", "-c", "ls /proc/[0-9]*/fd 2>/dev/null | wc -l"])
    assert isinstance(counted.output, bytes)
    return int(counted.output)


def flood(stack: Stack, request: str) -> None:
    """Sends the same request on many connections, and ends them when each has been answered or a second has passed."""
    with ExitStack() as ending:
        opened = [ending.enter_context(socket.create_connection(("127.0.0.1", stack.port), 10)) for _ in range(MANY)]
        for connection in opened:
            connection.sendall(request.encode())
        for connection in opened:
            connection.settimeout(0.01)
            try:
                connection.recv(1)
            except TimeoutError:
                continue


@pytest.mark.parametrize("request_", [BODY, f"{UPGRADE}\r\n", f"{HUB}\r\n", f"{HUB}Content-Length: 5\r\n\r\nhello"])
def test_upgrades_leave_no_descriptors_behind(stack: Stack, request_: str) -> None:
    before = {service: descriptors(stack, service) for service in ("nginx", "proxy", "hub")}
    for _ in range(3):
        flood(stack, request_)
    for service, count in before.items():
        back = f"the flood's descriptors in {service} are closed"
        wait_until(lambda s=service, c=count: descriptors(stack, s) < c + KEPT, 20, back)  # type: ignore[misc]
    assert stack.answer() == 200


PROXY_ONLY = """
const net = require("net"), socket = "/run/edge/proxy.sock", many = %d;
const connections = Array.from({length: many}, () => net.connect(socket).on("error", () => {}));
connections.forEach((one) => one.write(%r));
setTimeout(() => { connections.forEach((one) => one.destroy()); process.exit(); }, 1000);
"""


@pytest.mark.parametrize("request_", [f"{HUB}Content-Length: 5\r\n\r\nhello", f"{HUB}\r\n"])
def test_the_proxy_closes_what_clients_abandon_without_nginxs_help(stack: Stack, request_: str) -> None:
    container = docker.from_env().containers.get(f"{stack.name}-proxy-1")
    before = descriptors(stack, "proxy")
    for _ in range(3):
        done = container.exec_run(["node", "-e", PROXY_ONLY % (MANY, request_)])
        assert done.exit_code == 0, done.output
    wait_until(lambda: descriptors(stack, "proxy") < before + KEPT, 20, "the proxy closes abandoned connections")


def test_servers_that_do_not_run_cost_the_hub_nothing(stack: Stack) -> None:
    """nginx answers with the way to the hub, where requests count: test_web.py."""
    hub = docker.from_env().containers.get(f"{stack.name}-hub-1")
    logged = len(hub.logs())
    for number in range(600):
        with socket.create_connection(("127.0.0.1", stack.port), 10) as connection:
            connection.sendall(f"GET /user/u{number}/x HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            answer = connection.recv(4096).decode()
            assert answer.split()[1] == "302"
            assert f"\r\nlocation: /hub/user/u{number}/x\r\n" in answer.replace("Location", "location")
    assert b"/user/u599/" not in hub.logs()[logged:]

"""Notebook servers in hub, Docker and proxy, compared."""

from __future__ import annotations

import pytest

from stackctl.doctor.checks.stack.servers import Key, Server, check, in_hub, in_proxy
from stackctl.engine import Container

ALICE, READY, STARTING = ("alice", ""), Server(True, False), Server(False, True)


def container(user: str, server: str = "", state: str = "running", connected: bool = True) -> Container:
    labels = {"stackhub.user": user, "stackhub.server": server}
    return Container(
        "1", f"stackhub-user-{user}", "", state, "", "image", "sha256:1", "", 0, labels, {}, connected=connected
    )


@pytest.mark.parametrize(
    ("containers", "hub", "proxy", "expected"),
    [
        ([container("alice")], {ALICE: READY}, {ALICE}, []),
        ([container("alice")], {ALICE: STARTING}, set(), []),
        ([container("alice", state="exited")], {}, set(), []),
        ([], {ALICE: STARTING}, set(), []),
        ([container("alice")], {}, set(), ["warn: The container stackhub-user-alice is running, but the hub knows no such"]),
        ([], {ALICE: READY}, {ALICE}, ["warn: The hub has the server of alice as running"]),
        ([container("alice", state="exited")], {ALICE: READY}, {ALICE}, ["warn: The hub has the server of alice"]),
        (
            [container("alice")],
            {ALICE: READY},
            set(),
            ["fail: The server of alice is running, but the proxy has no route to it"],
        ),
        ([container("alice")], None, set(), ["fail: The server of alice is running, but the proxy has no route to it"]),
        ([container("a", "b")], {("a", "b"): READY}, set(), ["fail: The server of a (b) is running, but the proxy"]),
        ([container("alice")], {ALICE: READY}, None, []),
        ([container("alice", state="paused")], {ALICE: READY}, {ALICE}, ["warn: The server of alice is paused"]),
        (
            [container("alice", connected=False)],
            {ALICE: READY},
            {ALICE},
            ["warn: The server of alice is not connected to its network"],
        ),
        ([container("alice", state="exited", connected=False)], {}, set(), []),
    ],
)
def test_servers(
    containers: list[Container], hub: dict[Key, Server] | None, proxy: set[Key] | None, expected: list[str]
) -> None:
    found = [f"{item.level}: {item.message}" for item in check(containers, hub, proxy) if item.level != "ok"]
    assert len(found) == len(expected)
    assert all(one.startswith(other) for one, other in zip(found, expected, strict=True))


def test_the_fix_for_a_server_that_is_paused_or_not_connected() -> None:
    seen = [container("alice", state="paused"), container("bob", connected=False)]
    hub = {ALICE: READY, ("bob", ""): READY}
    assert [item.fix for item in check(seen, hub, set(hub))] == ["docker unpause stackhub-user-alice", "stackctl up"]


def test_the_answers_of_hub_and_proxy_are_parsed() -> None:
    servers = {"": {"ready": True, "pending": None}, "second": {"ready": False, "pending": "spawn"}}
    assert in_hub([{"name": "alice", "servers": servers}]) == {ALICE: READY, ("alice", "second"): STARTING}
    routes: dict[str, dict[str, object]] = {
        "/": {"hub": True, "jupyterhub": True},
        "/user/alice/": {"user": "alice", "server_name": "", "jupyterhub": True},
        "/user/doctor-1/": {"target": "http://172.18.0.9:8888"},
    }
    assert in_proxy(routes) == {ALICE}

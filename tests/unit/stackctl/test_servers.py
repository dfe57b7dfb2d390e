"""What hub, Docker and proxy say of notebook servers, compared."""

from __future__ import annotations

import pytest

from stackctl.checks.servers import Key, Server, check, known, routed
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
        ([container("alice")], {}, set(), ["warn: The container stackhub-user-alice runs, and the hub knows of no such"]),
        ([], {ALICE: READY}, {ALICE}, ["warn: The hub takes the server of alice for running"]),
        ([container("alice", state="exited")], {ALICE: READY}, {ALICE}, ["warn: The hub takes the server of alice"]),
        ([container("alice")], {ALICE: READY}, set(), ["fail: The server of alice runs, and the proxy does not know it"]),
        ([container("alice")], None, set(), ["fail: The server of alice runs, and the proxy does not know it"]),
        ([container("a", "b")], {("a", "b"): READY}, set(), ["fail: The server of a (b) runs, and the proxy"]),
        ([container("alice")], {ALICE: READY}, None, []),
        ([container("alice", state="paused")], {ALICE: READY}, {ALICE}, ["warn: The server of alice is paused"]),
        ([container("alice", connected=False)], {ALICE: READY}, {ALICE}, ["warn: The server of alice is off its network"]),
        ([container("alice", state="exited", connected=False)], {}, set(), []),
    ],
)
def test_servers(
    containers: list[Container], hub: dict[Key, Server] | None, proxy: set[Key] | None, expected: list[str]
) -> None:
    found = [f"{item.level}: {item.message}" for item in check(containers, hub, proxy) if item.level != "ok"]
    assert len(found) == len(expected)
    assert all(one.startswith(other) for one, other in zip(found, expected, strict=True))


def test_what_to_do_about_a_server_that_is_paused_or_off_its_network() -> None:
    seen = [container("alice", state="paused"), container("bob", connected=False)]
    hub = {ALICE: READY, ("bob", ""): READY}
    assert [item.fix for item in check(seen, hub, set(hub))] == ["docker unpause stackhub-user-alice", "stackctl up"]


def test_what_the_hub_and_the_proxy_say_is_read() -> None:
    servers = {"": {"ready": True, "pending": None}, "second": {"ready": False, "pending": "spawn"}}
    assert known([{"name": "alice", "servers": servers}]) == {ALICE: READY, ("alice", "second"): STARTING}
    routes: dict[str, dict[str, object]] = {
        "/": {"hub": True, "jupyterhub": True},
        "/user/alice/": {"user": "alice", "server_name": "", "jupyterhub": True},
        "/user/doctor-1/": {"target": "http://172.18.0.9:8888"},
    }
    assert routed(routes) == {ALICE}

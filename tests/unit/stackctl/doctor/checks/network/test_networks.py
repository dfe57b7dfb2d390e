"""Networks on this server with the names or addresses of the stack's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract.names import COMPOSE_PROJECT as PROJECT
from stackctl.doctor.checks.network.networks import bridge, names, of, room, routes, unreachable
from stackctl.engine.networks import Network
from stackctl.host import machine
from stackctl.host.machine import Route

OWN = {PROJECT: "hub"}
USERS = Network("hub-users", ("172.18.0.0/16", "fd00:1::/64"), "br-1", OWN)
EDGE = Network("hub_edge", ("172.19.0.0/16",), "br-2", OWN)
OTHER = Network("shop_default", ("172.20.0.0/16",), "br-3", {PROJECT: "shop"})


def test_the_stacks_own_networks() -> None:
    assert of("hub", [USERS, OTHER, EDGE]) == [USERS, EDGE]
    assert list(names("hub", [USERS, OTHER, EDGE])) == []


@pytest.mark.parametrize(
    ("labels", "origin"), [({PROJECT: "shop"}, "of the Compose project shop"), ({}, "that was created by hand")]
)
def test_a_foreign_network_with_a_name_of_the_stack(labels: dict[str, str], origin: str) -> None:
    (found,) = names("hub", [Network("hub-users", (), "br-9", labels), EDGE])
    assert (found.level, found.message) == ("fail", f"There is a network hub-users {origin}.")
    assert "docker network rm hub-users" in found.fix


def test_a_stack_with_the_name_of_a_network_interface() -> None:
    own = Network("hub-users", ("172.18.0.0/16",), "hub", OWN)
    assert list(bridge("hub", [own], {"lo", "hub"})) == list(bridge("hub", [OTHER], {"lo"})) == []
    (found,) = bridge("eth0", [own], {"lo", "eth0"})
    assert (found.level, found.message) == (
        "fail",
        "This server already has a network interface eth0, and the stack needs that name for its own.",
    )


@pytest.mark.parametrize("to", ["172.18.0.0/16", "172.18.5.0/24", "172.18.0.9", "fd00:1::/64"])
def test_a_route_that_takes_addresses_of_containers(to: str) -> None:
    (found,) = routes([USERS, EDGE], [Route(to, "tun0")])
    subnet = USERS.subnets[1 if ":" in to else 0]
    assert found.level == "fail"
    assert f"The route to {to} (tun0) takes addresses of the Docker network hub-users ({subnet})" in found.message


def test_a_vpn_whose_route_includes_a_network_of_the_stack() -> None:
    (found,) = routes([USERS], [Route("172.16.0.0/12", "tun0")])
    assert found.level == "warn"
    assert "The route to 172.16.0.0/12 (tun0) includes 172.18.0.0/16" in found.message


def test_routes_that_clash_with_nothing() -> None:
    assert list(routes([USERS], [Route("172.18.0.0/16", "br-1"), Route("10.0.0.0/8", "tun0"), Route("fd00::1", "lo")])) == []


def test_a_host_whose_address_is_in_a_docker_network() -> None:
    hosts = {"The name server": ["172.20.0.2"], "gitlab.example.org": ["10.1.1.1", "fd00:2::1"]}
    assert list(unreachable([USERS, OTHER], hosts, ["172.20.0.2"])) == []
    (found,) = unreachable([USERS, OTHER], hosts, ["172.20.0.3"])
    assert found.level == "fail"
    assert found.message.startswith(
        "The name server has the address 172.20.0.2, which is in the Docker network shop_default"
    )


@pytest.mark.parametrize(
    ("used", "needed", "level"), [(0, 2, "ok"), (29, 2, "ok"), (30, 2, "fail"), (30, 0, "warn"), (31, 0, "warn")]
)
def test_subnets_that_are_left(used: int, needed: int, level: str) -> None:
    pools = [f"172.{number}.0.0/16" for number in range(17, 32)] + [f"192.168.{16 * number}.0/20" for number in range(16)]
    taken = [Network(str(number), (subnet,), f"br-{number}", {}) for number, subnet in enumerate(pools[:used])]
    found = room(taken, [], needed)
    assert (found.level, found.message.split()[2]) == (level, str(31 - used))


def test_a_route_uses_up_subnets_too() -> None:
    assert room([], [Route("172.16.0.0/12", "tun0")], 0).message == "Docker has 16 subnets left for new networks."
    assert room([], [], 0, [("10.9.0.0/22", 24)]).message == "Docker has 4 subnets left for new networks."


def test_routes_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[dict[str, Any]] = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"},
        {"dst": "0.0.0.0/1", "dev": "tun0"},
        {"dst": "10.8.0.0/24", "dev": "tun0", "table": "51820"},
        {"type": "blackhole", "dst": "10.9.0.0/16"},
        {"type": "local", "dst": "10.8.0.2", "dev": "tun0", "table": "local"},
    ]
    tool = tmp_path / "ip"
    tool.write_text(f"#!/bin/sh\n[ $1 = -4 ] && echo '{json.dumps(printed)}'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert machine.routes() == [Route("10.8.0.0/24", "tun0"), Route("10.9.0.0/16", "blackhole")]


def test_no_ip_no_routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.routes() == []


def test_addresses_of_a_name() -> None:
    assert "127.0.0.1" in machine.addresses("localhost")
    assert machine.addresses("no-such-host.invalid") == []

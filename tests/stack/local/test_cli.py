"""stackctl on a running stack: what it prints, and what it refuses."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from tests.support.person import Person
from tests.support.running import Stack


def test_status_shows_services_and_servers(stack: Stack, alice: Person) -> None:
    alice.start()
    stack.wait_until_healthy()
    shown = stack.ctl("status").out
    assert f"{stack.name} is running  {stack.url}" in shown
    for service in ("gate", "hub", "nginx", "proxy", "walls"):
        assert re.search(rf"^{service} +running +healthy +{stack.name}-{service} +\d+ MB", shown, re.MULTILINE)
    assert re.search(r"^alice +base +small +(just now|\d+ min ago)", shown, re.MULTILINE)
    assert "Memory: " in shown
    assert "Disk: " in shown


def test_status_as_json_has_its_documented_keys(stack: Stack, alice: Person) -> None:
    alice.start()
    stack.wait_until_healthy()
    found = json.loads(stack.ctl("status", "--json").out)
    assert (found["url"], found["state"]) == (stack.url, "running")
    assert sorted((item["name"], item["state"], item["health"], item["image"]) for item in found["services"]) == [
        (name, "running", "healthy", f"{stack.name}-{name}") for name in ("gate", "hub", "nginx", "proxy", "walls")
    ]
    server = next(item for item in found["servers"] if item["user"] == "alice")
    assert (server["name"], server["image"], server["size"], server["ready"]) == ("", "base", "small", True)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", server["started"])


def test_status_is_degraded_while_a_service_is_stopped(stack: Stack) -> None:
    stack.run("docker", "compose", "stop", "proxy")
    try:
        assert json.loads(stack.ctl("status", "--json", code=1).out)["state"] == "degraded"
        assert stack.ctl("status", code=1).err == "To see what is wrong: bin/stackctl doctor\n"
    finally:
        stack.run("docker", "compose", "start", "proxy")
        stack.wait_until_ready()
    stack.ctl("status")


def test_another_checkout_does_not_stop_the_stack(stack: Stack, tmp_path: Path) -> None:
    other, before = Stack(tmp_path / "checkout"), stack.services()["hub"].id
    for words in (["down"], ["down", "--delete-data", "--confirm", stack.name]):
        output = other.ctl(*words, code=3).err
        assert f"error: The stack {stack.name} was started from {stack.root}." in output
        assert "If that folder is gone: bin/stackctl down" in output
    assert stack.services()["hub"].id == before


def test_logs_shows_all_services_or_one(stack: Stack) -> None:
    assert "JupyterHub is now running" in stack.ctl("logs", "hub", "--tail", "all").out
    every = stack.ctl("logs").out
    assert "hub-1" in every
    assert "nginx-1" in every


@pytest.mark.parametrize("command", ["restart", "logs"])
def test_an_unknown_service_is_named_with_those_there_are(stack: Stack, command: str) -> None:
    output = stack.ctl(command, "hubb", code=1)
    assert "There is no service 'hubb'." in output.err
    assert "There are: gate, hub, nginx, proxy" in output.err


def test_a_port_in_use_is_refused_with_the_program_that_has_it(stack: Stack) -> None:
    before = {name: item.id for name, item in stack.services().items()}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        output = stack.ctl("up", "--yes", code=3, STACK_HTTP_PORT=str(port))
    assert re.search(rf"Port {port} is in use by \S*py\S* \(pid \d+\)", output.err)
    assert "STACK_HTTP_PORT" in output.err
    assert {name: item.id for name, item in stack.services().items()} == before


def test_a_port_of_another_stack_is_refused_with_its_container(stack: Stack) -> None:
    output = stack.ctl("up", "--yes", code=3, STACK_NAME=f"{stack.name}-2")
    assert f"Port {stack.port} is in use by the container {stack.name}-nginx-1 of the stack {stack.name}." in output.err


BAD = {
    "STACK_HTP_PORT=9000": "is not a setting. Did you mean STACK_HTTP_PORT?",
    "STACK_HTTP_PORT=none": "STACK_HTTP_PORT=none in .env",
    "STACK_SERVERS_MEMORY=lots": "must be a number followed by K, M, G or T",
    "no equals sign": "is not NAME=value",
    "STACK_AUTH=magic": "STACK_AUTH=magic in .env",
}
COMMANDS = [("up", "--yes"), ("status",), ("down",)]
TRIED = [(COMMANDS[number % 3], *pair) for number, pair in enumerate(BAD.items())]


@pytest.mark.parametrize(("command", "line", "message"), TRIED)
def test_a_bad_env_stops_every_command_before_it_does_anything(
    stack: Stack, command: tuple[str, ...], line: str, message: str
) -> None:
    before = {name: item.id for name, item in stack.services().items()}
    file = stack.root / ".env"
    with file.open("a") as env:
        env.write(f"{line}\n")
    try:
        output = stack.ctl(*command, code=3)
    finally:
        stack.configure()
    assert message in output.err
    assert "Traceback" not in output.err
    assert {name: item.id for name, item in stack.services().items()} == before


def test_a_corrupt_env_is_named(stack: Stack) -> None:
    (stack.root / ".env").write_bytes(b"\x00\xff\xfe")
    try:
        assert ".env cannot be read" in stack.ctl("status", code=3).err
    finally:
        stack.configure()


def test_deleting_all_data_takes_the_stacks_name(stack: Stack) -> None:
    before = stack.volumes()
    output = stack.ctl("down", "--delete-data", code=3)
    assert f"--confirm {stack.name}" in output.err
    output = stack.ctl("down", "--delete-data", "--confirm", "stackhub", code=3)
    assert f"the name is '{stack.name}', not 'stackhub'" in output.err
    assert stack.volumes() == before
    assert stack.answer() == 200

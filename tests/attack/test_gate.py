"""An attacker controls the hub: what they can do through the gate.

The same code makes each attempt twice: from the hub's container through the gate, and here at Docker's own socket. There it
works, so it is the gate that refuses it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from stackctl import settings
from tests.attack.attempts import Attempt, bodies, calls
from tests.support.checkout import ROOT
from tests.support.running import SETTINGS, Stack
from tests.unit.stackgate.containers import container, shared_folder, shared_volume

KNOCK = Path(__file__).with_name("knock.py")
Statuses = list[list[int]]


def at_docker(requests: list[str]) -> Statuses:
    """The statuses of Docker's own answers."""
    return knock([sys.executable, str(KNOCK), "/var/run/docker.sock"], requests)


def at_gate(stack: Stack, requests: list[str]) -> Statuses:
    """The statuses that the hub's container gets."""
    hub = ["docker", "exec", "--interactive", "--user", "990", f"{stack.name}-hub-1"]
    return knock([*hub, "python", "-c", KNOCK.read_text(), "/run/gate/gate.sock"], requests)


def knock(command: list[str], requests: list[str]) -> Statuses:
    ran = subprocess.run(command, input=json.dumps(requests), capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    return [list(statuses) for statuses in json.loads(ran.stdout)]


@pytest.fixture
def victim(stack: Stack, no_servers: None) -> Iterator[Container]:
    """A container on the stack's network that is not a notebook server; removed with everything that the attempts leave."""
    name, volumes = f"{stack.name}-victim", {item.name for item in stack.docker.volumes.list()}
    made = stack.docker.containers.run(
        f"{stack.name}-hub", ["sleep", "600"], name=name, network=f"{stack.name}-users", init=True, detach=True
    )
    yield made
    for left in stack.docker.containers.list(all=True, filters={"name": f"{stack.name}-(victim|renamed|user-alice)"}):
        left.remove(force=True)
    for volume in stack.docker.volumes.list():
        if volume.name not in volumes and str(volume.name).startswith(f"{stack.name}-"):
            volume.remove()


@pytest.fixture
def good(stack: Stack) -> dict[str, Any]:
    """A container as the hub creates it."""
    ca = str(settings.load(ROOT).stack_ca_bundle)
    image = str(stack.docker.images.get(f"{stack.name}-singleuser-base").id)
    processes = int(SETTINGS["STACK_PROCESS_LIMIT"])
    shared = [shared_volume(stack.name, "team"), shared_folder(str(stack.datasets), read_only=True)]
    return container(stack.name, image, memory=2**29, cpu_quota=150_000, processes=processes, ca=ca, shared=shared)


def creations(stack: Stack, containers: list[dict[str, Any]]) -> list[str]:
    """Requests that create and remove each container."""
    name = f"{stack.name}-user-alice"
    remove = Attempt("", "DELETE", f"/containers/{name}?force=1").request
    creating = [Attempt("", "POST", f"/containers/create?name={name}", body).request for body in containers]
    return [request for create in creating for request in (create, remove)]


def test_calls_that_spawning_does_not_need_are_refused(stack: Stack, victim: Container) -> None:
    table = calls(stack.name, str(victim.name), f"{stack.name}-proxy")
    requests = [attempt.request for attempt in table]
    refused = at_gate(stack, requests)
    assert dict(zip((item.what for item in table), refused, strict=True)) == {item.what: [403] for item in table}
    victim.reload()
    assert (victim.name, victim.status) == (f"{stack.name}-victim", "running")
    log = stack.logs()[f"{stack.name}-gate-1"]
    for attempt in table:
        assert f"refused: {attempt.method} {attempt.path}: " in log
    worked = at_docker(requests)
    failed = {
        item.what: statuses for item, statuses in zip(table, worked, strict=True) if statuses[0] not in range(200, 400)
    }
    assert failed == {}


def test_containers_with_more_rights_are_refused(stack: Stack, victim: Container, good: dict[str, Any]) -> None:
    table = bodies(stack.name, good, f"{stack.name}-hub")
    requests = creations(stack, list(table.values()))
    refused = at_gate(stack, requests)[::2]
    assert dict(zip(table, refused, strict=True)) == {what: [403] for what in table}
    worked = at_docker(requests)[::2]
    assert {what: statuses for what, statuses in zip(table, worked, strict=True) if statuses != [201]} == {}


@contextlib.contextmanager
def mounted_inside(folder: Path) -> Iterator[None]:
    """A writable file system at `folder`/inside."""
    inside = folder / "inside"
    inside.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "inside", str(inside)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(inside)], check=True)
        inside.rmdir()


def test_an_old_version_of_the_api_opens_no_read_only_folder(stack: Stack, victim: Container, good: dict[str, Any]) -> None:
    """Before version 1.44, what is mounted inside a read-only folder could be written."""
    name = f"{stack.name}-user-alice"
    create = Attempt("", "POST", f"/v1.43/containers/create?name={name}", good | {"Cmd": ["sleep", "60"]}).request
    start = Attempt("", "POST", f"/containers/{name}/start").request
    write = ["touch", f"/home/jovyan/shared/{stack.datasets.name}/inside/x"]
    written = []
    with mounted_inside(stack.datasets):
        for knock_at in (at_docker, lambda requests: at_gate(stack, requests)):
            assert knock_at([create, start]) == [[201], [204]]
            made = stack.docker.containers.get(name)
            written.append(made.exec_run(write).exit_code == 0)
            made.remove(force=True)
    assert written == [True, False]


def test_the_gate_counts_what_all_have(stack: Stack, victim: Container, good: dict[str, Any]) -> None:
    """Also what the hub, or somebody who controls it, has not told the truth about."""
    others = {"stackhub.stack": stack.name, "stackhub.memory": str(2**50)}
    full = stack.docker.containers.create(f"{stack.name}-hub", labels=others, name=f"{stack.name}-victim-2")
    try:
        (create, remove) = creations(stack, [good])
        assert at_gate(stack, [create]) == [[403]]
        assert at_docker([create, remove]) == [[201], [204]]
        refused = stack.services()["gate"].logs(tail=5).decode()
        assert "STACK_SERVERS_MEMORY is" in refused
    finally:
        full.remove(force=True)
    assert at_gate(stack, [create, remove]) == [[201], [204]]


def test_a_server_that_has_ended_is_not_started_again(stack: Stack, victim: Container, good: dict[str, Any]) -> None:
    """It would not be counted."""
    (create, remove) = creations(stack, [good | {"Cmd": ["true"]}])
    start = Attempt("", "POST", f"/containers/{stack.name}-user-alice/start").request
    assert at_gate(stack, [create, start]) == [[201], [204]]
    stack.docker.containers.get(f"{stack.name}-user-alice").wait(timeout=30)
    assert at_gate(stack, [start]) == [[403]]
    assert at_docker([start]) == [[204]]
    assert at_gate(stack, [remove]) == [[204]]


def test_a_notebook_servers_own_container_is_allowed(stack: Stack, victim: Container, good: dict[str, Any]) -> None:
    assert at_gate(stack, creations(stack, [good])) == [[201], [204]]


def test_the_hub_cannot_add_an_image_to_the_catalogue(stack: Stack) -> None:
    tried = "exec 2>&1; touch /run/gate/new; rm -f /run/gate/*; echo '{}' >/run/gate/catalogue.json; ls -A /run/gate"
    assert stack.inside("hub", tried).split()[-2:] == ["catalogue.json", "gate.sock"]
    assert stack.inside("gate", "grep -c images /run/gate/catalogue.json").strip() == "1"


def smuggled(victim: str, good: dict[str, Any]) -> dict[str, str]:
    """Requests that two programs may read differently; a call hidden in them would pause the victim."""
    hidden = f"POST /containers/{victim}/pause HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n"
    size, chunk = len(hidden), f"{len(hidden):x}\r\n{hidden}\r\n0\r\n\r\n"
    ping, host = "GET /_ping HTTP/1.1\r\nHost: docker\r\n", "Host: docker\r\n"
    pause, made = f"/containers/{victim}/pause", f"/containers/create?name={victim.replace('-victim', '-user-alice')}"
    create = f"POST {made} HTTP/1.1\r\n{host}Content-Type: application/json\r\n"
    return {
        "behind an allowed call": f"{ping}\r\n{hidden}",
        "two lengths": f"{ping}Content-Length: 0\r\nContent-Length: {size}\r\n\r\n{hidden}",
        "two lengths in one header": f"{ping}Content-Length: 0, {size}\r\n\r\n{hidden}",
        "an invalid length": f"{ping}Content-Length: +0\r\n\r\n{hidden}",
        "a length and chunks": f"{create}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        "chunks and a length": f"{create}Transfer-Encoding: chunked\r\nContent-Length: {size}\r\n\r\n0\r\n\r\n{hidden}",
        "an invalid transfer encoding": f"{create}Transfer-Encoding: xchunked\r\n\r\n{chunk}",
        "chunks twice": f"{create}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{chunk}",
        "a space before the colon": f"{create}Transfer-Encoding : chunked\r\n\r\n{chunk}",
        "a folded header": f"{create}X: a\r\n Transfer-Encoding: chunked\r\n\r\n{chunk}",
        "line feeds only": f"GET /_ping HTTP/1.1\nHost: docker\n\n{hidden}",
        "a null in a header": f"{ping}X: a\x00b\r\n\r\n{hidden}",
        "an upgrade": f"{ping}Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n{hidden}",
        "HTTP/2": f"{ping}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n{hidden}",
        "HTTP/2 at once": f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{hidden}",
        "a body to a call without one": f"{ping}Content-Length: {size}\r\n\r\n{hidden}",
        "another method in a header": f"GET {pause} HTTP/1.1\r\n{host}X-HTTP-Method-Override: POST\r\n\r\n",
        "an absolute URL": f"POST http://docker{pause} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "two slashes": f"POST /{pause} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "a path with ..": f"POST /containers/x/../{victim}/pause HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "an encoded path with ..": f"POST /_ping/%2e%2e{pause} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "an encoded letter": f"POST /containers/{victim}/%70ause HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "an encoded slash": f"POST /containers/{victim}%2fpause HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "letters outside ASCII": f"POST /containers/{victim}/pa\xb5se HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "an invalid version": f"POST /v1.99{pause} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "a line break in a path": f"POST /_ping%0d%0a{pause} HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n",
        "no version": f"POST {pause}\r\n\r\n",
        "ten megabytes": Attempt("", "POST", made, good | {"Cmd": ["x" * 10**7]}).request,
    }


def test_a_call_hidden_in_another_is_refused(stack: Stack, victim: Container, good: dict[str, Any]) -> None:
    table = smuggled(str(victim.name), good)
    answers = dict(zip(table, at_gate(stack, list(table.values())), strict=True))
    victim.reload()
    assert victim.status == "running"
    assert "the body has more than 262144 bytes" in stack.logs()[f"{stack.name}-gate-1"]
    harmless = {"behind an allowed call": [200, 403]}
    assert {what: statuses for what, statuses in answers.items() if min(statuses) in range(1, 400)} == harmless
    assert at_docker([table["behind an allowed call"]]) == [[200, 204]]
    victim.reload()
    assert victim.status == "paused"


def test_a_thousand_calls_at_once(stack: Stack, victim: Container) -> None:
    asked = [Attempt("", "POST", f"/containers/{victim.name}/stop").request, Attempt("", "GET", "/version").request] * 500
    assert at_gate(stack, asked) == [[403], [200]] * 500
    victim.reload()
    assert victim.status == "running"
    assert stack.services()["gate"].attrs["State"]["Running"]

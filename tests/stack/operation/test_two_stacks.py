"""Two stacks on one server, the one's name being the beginning of the other's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import NotFound

from tests.support.kernel import Kernel
from tests.support.machine import free_port
from tests.support.person import Person
from tests.support.rules import nft
from tests.support.running import Stack


class Longer:
    """What there is of a stack whose name begins with another's, as far as Docker knows: it never ran."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = docker.from_env()
        project, user = {"com.docker.compose.project": name}, {"stackhub.stack": name, "stackhub.user": "alice"}
        service = project | {"com.docker.compose.service": "hub", "com.docker.compose.container-number": "1"}
        self.client.networks.create(f"{name}-users", labels=project)
        self.client.volumes.create(f"{name}_hub", labels=project)
        self.client.volumes.create(f"{name}-user-alice", labels=user)
        for container, labels in ((f"{name}-hub-1", service), (f"{name}-user-alice", user)):
            self.client.containers.create("debian:trixie-slim", "true", name=container, labels=labels)

    def all(self) -> dict[str, list[str]]:
        names: Any = {"name": self.name}
        return {
            "containers": sorted(str(item.name) for item in self.client.containers.list(all=True, filters=names)),
            "volumes": sorted(str(item.name) for item in self.client.volumes.list(filters=names)),
            "networks": sorted(str(item.name) for item in self.client.networks.list(filters=names)),
        }

    def remove(self) -> None:
        found = self.all()
        for name in found["containers"]:
            self.client.containers.get(name).remove(force=True)
        for name in found["volumes"]:
            self.client.volumes.get(name).remove()
        for name in found["networks"]:
            self.client.networks.get(name).remove()


@pytest.fixture
def second(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    """A stack with a longer name, in a checkout of its own. Of the images it has all but the names."""
    running = Stack(tmp_path / "checkout", f"{stack.name}-two", free_port())
    try:
        running.ctl("up", "--yes", seconds=300)
        yield running
    finally:
        running.remove()
        for image in ("nginx", "proxy", "hub", "gate", "walls", "singleuser-base"):
            with contextlib.suppress(NotFound):
                running.docker.images.remove(f"{running.name}-{image}")


@pytest.fixture
def third(stack: Stack) -> Iterator[Longer]:
    """One with a name that is longer still."""
    there = Longer(f"{stack.name}-two-b")
    yield there
    there.remove()


def belongings(stack: Stack) -> dict[str, Any]:
    """All that a stack has: containers as they run, volumes, networks, images, and what is in .stack."""
    label = {"label": f"com.docker.compose.project={stack.name}"}
    kept = stack.root / ".stack"
    return {
        "containers": {
            item.name: (item.id, item.status) for item in [*stack.services().values(), *stack.servers().values()]
        },
        "volumes": stack.volumes(),
        "networks": sorted(str(item.id) for item in stack.docker.networks.list(filters=label)),
        "images": sorted(str(item.id) for item in stack.docker.images.list(filters=label)),
        "kept": {path: path.read_text() for path in sorted(kept.rglob("*")) if path.is_file()},
    }


@pytest.mark.full
def test_two_stacks_side_by_side_and_one_deleted(
    stack: Stack, no_servers: None, alice: Person, third: Longer, second: Stack
) -> None:
    """Each knows its own people, files and servers only; what deletes one leaves the other's as they are."""
    alice.start().write("whose.txt", stack.name)
    with Kernel(alice) as kernel:
        kernel.run("remembered = 'before'")
        before, others = belongings(stack), third.all()
        assert f"stackhub-{second.name}\n" in nft(stack, "list tables")
        namesake = Person(second, "alice", second.add_user("alice"))
        namesake.start().write("whose.txt", second.name)
        assert (alice.read("whose.txt"), namesake.read("whose.txt")) == (stack.name, second.name)
        for one in (stack, second):
            shown = one.ctl("status").out
            assert f"{one.name} is running  {one.url}" in shown
            assert f"{one.name}-hub" in shown
            assert [line.split()[0] for line in shown.splitlines() if " base " in line] == ["alice"]
        assert [network for server in second.servers().values() for network in networks(server)] == [f"{second.name}-users"]
        assert belongings(stack) == before

        second.ctl("down", "--delete-data", "--confirm", second.name)
        assert belongings(second) | {"images": [], "kept": {}} == {
            "containers": {},
            "volumes": set(),
            "networks": [],
            "images": [],
            "kept": {},
        }
        assert (belongings(stack), third.all()) == (before, others)
        tables = nft(stack, "list tables").split()
        assert tables.count(f"stackhub-{stack.name}") == 2
        assert f"stackhub-{second.name}" not in tables
        with Kernel(alice, kernel.ident) as again:  # a websocket that nobody has read from for 90 seconds is closed
            assert again.run("print(remembered)") == "before"
        assert alice.read("whose.txt") == stack.name


def networks(server: Any) -> list[str]:
    return list(server.attrs["NetworkSettings"]["Networks"])

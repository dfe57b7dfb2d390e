"""Temporary containers: nothing of them is left, whenever Ctrl-C comes. And volumes that a container still uses."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docker
import pytest

from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.stack import Stack
from stackctl.ui import signals
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.doctor.checks.stack.test_servers import container
from tests.unit.stackctl.fake_docker import FakeDocker

IN_USE = "Docker could not delete the volume {}: it is in use by {}."


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    made = FakeDocker()
    monkeypatch.setattr(docker, "from_env", lambda **_: made)
    return made


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_output_of_a_command(fake: FakeDocker) -> None:
    seen: list[dict[str, Any]] = []
    fake.during_start = lambda: seen.extend(item.options for item in fake.made.values())
    assert Engine().once("image", ["true"], stack="team") == "printed\n"
    assert Engine().once("image", [], stack="team", entrypoint=["true"]) == "printed\n"
    options, _ = seen
    assert options["labels"]["stackhub.temporary"] == "team"
    assert (options["cap_drop"], options["network_mode"]) == (["ALL"], "none")
    assert fake.made == {}


def test_the_error_of_a_command_that_fails(fake: FakeDocker) -> None:
    fake.code = 1
    with pytest.raises(StackError) as caught:
        Engine().once("image", ["false"], stack="team")
    assert (caught.value.message, caught.value.hint) == (
        "Docker could not run a temporary container: wrong",
        "See: docker info",
    )
    assert fake.made == {}


@pytest.mark.parametrize("step", ["during_create", "during_start"])
def test_ctrl_c_leaves_nothing(fake: FakeDocker, step: str) -> None:
    setattr(fake, step, ctrl_c)
    with signals.all_like_ctrl_c(), pytest.raises(KeyboardInterrupt):  # also where tests are in the background
        Engine().once("image", ["true"], stack="team")
    assert [*fake.made, *fake.late] == []


@pytest.mark.parametrize("step", ["during_create", "during_start"])
def test_ctrl_c_leaves_nothing_of_a_probe(fake: FakeDocker, step: str) -> None:
    setattr(fake, step, ctrl_c)
    with signals.all_like_ctrl_c(), pytest.raises(KeyboardInterrupt):
        Engine().run_probe("image", ["true"], environment={}, folder="/x", memory=1, processes=1, seconds=1)
    assert [*fake.made, *fake.late] == []


def test_the_sweep_keeps_containers_of_running_processes_and_other_stacks(fake: FakeDocker) -> None:
    dead = Path("/proc/sys/kernel/pid_max").read_text().strip()  # the first id that no process can have
    names = {f"{dead}-1": "team", f"{os.getpid()}-1": "team", "1-1": "team", f"{dead}-2": "other", f"{dead}-3": ""}
    for name, stack in names.items():
        fake.add(f"stackctl-temporary-{name}", stack)
    Engine().sweep("team")
    assert sorted(fake.made) == ["stackctl-temporary-1-1", f"stackctl-temporary-{dead}-2"]


def test_the_sweep_waits_for_a_container_being_created_and_allows_no_more(fake: FakeDocker) -> None:
    engine, started, proceed, ended = Engine(), threading.Event(), threading.Event(), threading.Event()

    def create() -> None:
        started.set()
        proceed.wait(5)

    def start() -> None:
        ended.wait(5)

    fake.during_create, fake.during_start = create, start

    def run() -> None:
        engine.once("image", ["true"], stack="team")

    threading.Thread(target=run, daemon=True).start()
    assert started.wait(5)
    threading.Timer(0.2, proceed.set).start()
    engine.sweep("team")
    assert proceed.is_set()
    assert fake.made == {}
    late = threading.Thread(target=run, daemon=True)
    late.start()
    late.join(0.2)
    assert fake.made == {}
    engine._creating.release()
    ended.set()
    late.join(5)


def test_a_volume_in_use(fake: FakeDocker) -> None:
    fake.kept, fake.holders = ["free", "mine"], {"mine": ["backup", "other"]}
    with pytest.raises(StackError) as caught:
        Engine().remove_volumes(["free", "mine"])
    assert caught.value.message == IN_USE.format("mine", "backup, other")
    assert caught.value.hint == "docker rm --force backup other; then run this again."
    assert fake.kept == ["mine"]


def test_down_fails_when_a_services_volume_cannot_be_deleted(
    checkout: Checkout, fake: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def service_volumes(_: Engine, stack: str) -> Sequence[str]:
        return [f"{stack}_hub"]

    monkeypatch.setattr(Stack, "compose", SimpleNamespace(down=lambda **_: None))
    for name in ("volumes", "shared_volumes", "servers", "services"):
        monkeypatch.setattr(Engine, name, lambda *_: [])
    monkeypatch.setattr(Engine, "service_volumes", service_volumes)
    fake.add("stackctl-temporary-0-1", "stackhub")
    fake.kept, fake.holders = ["stackhub_hub"], {"stackhub_hub": ["backup"]}
    ran = checkout.stackctl("down", "--delete-data", "--confirm", "stackhub")
    assert ran.code == 1
    assert IN_USE.format("stackhub_hub", "backup") in ran.err
    assert "docker rm --force backup" in ran.err
    assert "Deleted" not in ran.err
    assert fake.made == {}, "what a doctor that was killed left is removed"
    fake.holders = {}
    assert "Deleted all accounts and files." in checkout.stackctl("down", "--delete-data", "--confirm", "stackhub").err
    assert fake.kept == []


@pytest.mark.usefixtures("checkout")
def test_servers_off_their_network_are_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [container("alice"), container("bob", connected=False), container("carl", state="exited", connected=False)]
    connected: list[tuple[str, str]] = []
    engine = SimpleNamespace(servers=lambda _: found, connect=lambda *to: connected.append(to))
    monkeypatch.setattr(Stack, "engine", engine)
    Stack.load().servers.connect()
    assert connected == [("stackhub-users", "1")]

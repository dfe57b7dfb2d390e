"""Throw-away containers: nothing of them is left, whenever a Ctrl-C comes; and volumes that a container keeps."""

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

from stackctl import signals
from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.fake_docker import FakeDocker
from tests.unit.stackctl.test_servers import container

IN_USE = "Docker does not delete the volume {}: it is in use by {}."


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    made = FakeDocker()
    monkeypatch.setattr(docker, "from_env", lambda **_: made)
    return made


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_what_it_prints(fake: FakeDocker) -> None:
    seen: list[dict[str, Any]] = []
    fake.during_start = lambda: seen.extend(item.options for item in fake.made.values())
    assert Engine().once("image", ["true"], stack="team") == "printed\n"
    assert (seen[0]["labels"]["stackhub.doctor"], seen[0]["cap_drop"], seen[0]["network_mode"]) == ("team", ["ALL"], "none")
    assert fake.made == {}


def test_what_it_says_when_it_fails(fake: FakeDocker) -> None:
    fake.code = 1
    with pytest.raises(StackError) as caught:
        Engine().once("image", ["false"], stack="team")
    assert (caught.value.message, caught.value.hint) == (
        "Docker does not run a throw-away container: wrong",
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
def test_ctrl_c_leaves_nothing_of_a_trial(fake: FakeDocker, step: str) -> None:
    setattr(fake, step, ctrl_c)
    with signals.all_like_ctrl_c(), pytest.raises(KeyboardInterrupt):
        Engine().try_out("image", ["true"], environment={}, folder="/x", memory=1, processes=1, seconds=1)
    assert [*fake.made, *fake.late] == []


def test_the_sweep_leaves_alone_what_a_process_that_runs_has_made(fake: FakeDocker) -> None:
    dead = Path("/proc/sys/kernel/pid_max").read_text().strip()  # the first number that no process has
    for name, stack in ((f"{dead}-1", "team"), (f"{os.getpid()}-1", "team"), ("1-1", "team"), (f"{dead}-2", "other")):
        fake.add(f"stackctl-doctor-{name}", stack)
    Engine().sweep("team")
    assert sorted(fake.made) == ["stackctl-doctor-1-1", f"stackctl-doctor-{dead}-2"]


def test_the_sweep_waits_for_one_that_a_thread_makes_and_is_the_end(fake: FakeDocker) -> None:
    engine, begun, go_on, ended = Engine(), threading.Event(), threading.Event(), threading.Event()

    def create() -> None:
        begun.set()
        go_on.wait(5)

    def start() -> None:
        ended.wait(5)

    fake.during_create, fake.during_start = create, start

    def look() -> None:
        engine.once("image", ["true"], stack="team")

    threading.Thread(target=look, daemon=True).start()
    assert begun.wait(5)
    threading.Timer(0.2, go_on.set).start()
    engine.sweep("team")
    assert go_on.is_set()
    assert fake.made == {}
    late = threading.Thread(target=look, daemon=True)
    late.start()
    late.join(0.2)
    assert fake.made == {}
    engine._making.release()
    ended.set()
    late.join(5)


def test_a_volume_in_use(fake: FakeDocker) -> None:
    fake.kept, fake.holders = ["free", "mine"], {"mine": ["backup", "other"]}
    with pytest.raises(StackError) as caught:
        Engine().remove_volumes(["free", "mine"])
    assert caught.value.message == IN_USE.format("mine", "backup, other")
    assert caught.value.hint == "docker rm --force backup other; then run this again."
    assert fake.kept == ["mine"]


def test_down_does_not_say_that_all_is_deleted_when_composes_volumes_stay(
    checkout: Checkout, fake: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def service_volumes(_: Engine, stack: str) -> Sequence[str]:
        return [f"{stack}_hub"]

    monkeypatch.setattr(Stack, "compose", SimpleNamespace(down=lambda **_: None))
    for name in ("volumes", "shared_volumes", "servers", "services"):
        monkeypatch.setattr(Engine, name, lambda *_: [])
    monkeypatch.setattr(Engine, "service_volumes", service_volumes)
    fake.add("stackctl-doctor-0-1", "stackhub")
    fake.kept, fake.holders = ["stackhub_hub"], {"stackhub_hub": ["backup"]}
    ran = checkout.stackctl("down", "--delete-data", "--confirm", "stackhub")
    assert ran.code == 1
    assert IN_USE.format("stackhub_hub", "backup") in ran.err
    assert "docker rm --force backup" in ran.err
    assert "deleted" not in ran.err
    assert fake.made == {}, "what a killed doctor left is gone"
    fake.holders = {}
    assert "Accounts and files are deleted." in checkout.stackctl("down", "--delete-data", "--confirm", "stackhub").err
    assert fake.kept == []


@pytest.mark.usefixtures("checkout")
def test_servers_off_their_network_are_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [container("alice"), container("bob", connected=False), container("carl", state="exited", connected=False)]
    connected: list[tuple[str, str]] = []
    engine = SimpleNamespace(servers=lambda _: found, connect=lambda *to: connected.append(to))
    monkeypatch.setattr(Stack, "engine", engine)
    assert Stack.load().connect_servers() == ["stackhub-user-bob"]
    assert connected == [("stackhub-users", "1")]

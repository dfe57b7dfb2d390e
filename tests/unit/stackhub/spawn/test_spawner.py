"""A notebook server's container, its reservation, and the steps of its start."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import docker
import pytest
from dockerspawner import DockerSpawner
from traitlets.config import Config

from stackgate import body as gate
from stackgate.calls import RefusedError
from stackgate.rules import Published, Rules
from stackhub.settings import Settings
from stackhub.spawn.capacity import Reservation
from stackhub.spawn.errors import StartFailedError
from stackhub.spawn.spawner import StackSpawner, gpu_requests
from stackhub.spawn.spawner_config import configure
from stackhub.spawn.steps import STEPS
from tests.unit.stackhub.test_settings import ENVIRON


class Spawner(StackSpawner):
    """The real spawner, which records its call to Docker instead of making it."""

    def get_env(self) -> dict[str, str]:
        return {}

    async def get_command(self) -> list[str]:
        return ["jupyterhub-singleuser"]

    async def docker(self, method: str, *_: Any, **arguments: Any) -> Any:
        self.call = (method, arguments)
        return {"Id": "made"}


@pytest.fixture
def spawner(monkeypatch: pytest.MonkeyPatch) -> Spawner:
    """A spawner without Docker. The given API version keeps the client from asking for it."""
    monkeypatch.setattr(StackSpawner, "_client", docker.APIClient(version="1.45"))
    config = Config()
    configure(config, Settings.from_environ(ENVIRON))
    user = SimpleNamespace(name="alice", settings={"cookie_secret": b"secret"}, escaped_name="alice", id=7, user_info=None)
    made = Spawner(user=user, config=config, orm_spawner=SimpleNamespace(name="", server=None, state=None))
    made.mem_limit = 2**30
    return made


def made(spawner: Spawner) -> dict[str, Any]:
    """The arguments of the call that creates the container."""
    asyncio.run(spawner.create_object())
    method, arguments = spawner.call
    assert method == "create_container"
    return dict(arguments)


def test_a_server_gets_exactly_its_gpus(spawner: Spawner) -> None:
    spawner.reservation = Reservation("base", "gpu", 2**30, ("GPU-1", "GPU-3"))
    requests = made(spawner)["host_config"]["DeviceRequests"]
    assert requests == [
        {
            "Driver": "nvidia",
            "Count": 0,
            "DeviceIDs": ["GPU-1", "GPU-3"],
            "Capabilities": [["gpu"]],
            "Options": {},
        }
    ]


def test_a_server_without_gpus_asks_for_none(spawner: Spawner) -> None:
    spawner.reservation = Reservation("base", "small", 2**30)
    assert not made(spawner)["host_config"].get("DeviceRequests")
    assert gpu_requests(()) == []


def test_the_containers_labels_name_the_choice(spawner: Spawner) -> None:
    spawner.reservation = Reservation("base", "small", 2**30)
    labels = made(spawner)["labels"]
    assert {name: labels[f"stackhub.{name}"] for name in ("stack", "user", "server", "image", "size")} == {
        "stack": "team",
        "user": "alice",
        "server": "",
        "image": "base",
        "size": "small",
    }


def test_the_container_has_the_limits_of_the_size(spawner: Spawner) -> None:
    spawner.cpu_limit, spawner.mem_limit = 1.5, 2**29
    limits = made(spawner)["host_config"]
    assert (limits["Memory"], limits["CpuQuota"] / limits["CpuPeriod"]) == (2**29, 1.5)


@pytest.mark.parametrize("read_only", [False, True])
def test_the_gate_allows_the_spawners_container(spawner: Spawner, read_only: bool) -> None:
    spawner.image, spawner.mem_limit, spawner.cpu_limit, spawner.read_only = "sha256:1", 2**29, 1.5, read_only
    spawner.reservation = Reservation("base", "small", 2**29)
    arguments = made(spawner)
    arguments.pop("name")
    sent = json.dumps(docker.APIClient(version="1.45").create_container_config(**arguments)).encode()
    offer = Published(frozenset({("sha256:1", read_only)}), limits=frozenset({("small", 2**29, 150_000)}))
    rules = Rules("team", 300, "/etc/company.pem", offer, ENVIRON["STACK_SHARED_FOLDERS"])
    understood = json.loads(gate.read(sent, rules).sent())
    assert understood["HostConfig"]["ReadonlyRootfs"] is read_only
    other = replace(offer, images=frozenset({("sha256:1", not read_only)}))
    with pytest.raises(RefusedError, match="ReadonlyRootfs"):
        gate.read(sent, Rules("team", 300, "/etc/company.pem", other, ENVIRON["STACK_SHARED_FOLDERS"]))


def test_a_reservation_survives_a_hub_restart_and_ends_with_the_server(spawner: Spawner) -> None:
    spawner.reservation = Reservation("base", "gpu", 2**30, ("GPU-1",))
    state = spawner.get_state()
    spawner.clear_state()
    assert spawner.reservation is None
    assert "reservation" not in spawner.get_state()
    spawner.load_state(state)
    assert spawner.reservation == Reservation("base", "gpu", 2**30, ("GPU-1",))


def test_a_server_without_a_saved_reservation_has_none(spawner: Spawner) -> None:
    spawner.load_state({"object_id": "old"})
    assert spawner.reservation is None


def test_notebooks_get_the_hubs_language(spawner: Spawner) -> None:
    assert spawner.environment["STACK_LANG"] == "zh-CN"


async def events_of(spawner: Spawner, steps: list[str]) -> list[dict[str, Any]]:
    """The events that a listener gets while `steps` are reached."""
    heard: list[dict[str, Any]] = []

    async def listen() -> None:
        async for event in spawner.progress():
            heard.append(event)

    listener = asyncio.create_task(listen())
    await asyncio.sleep(0)
    for step in steps:
        spawner.steps.reach(step)
        await asyncio.sleep(0)
    listener.cancel()
    return heard


def test_progress_yields_each_step_when_it_is_reached(spawner: Spawner) -> None:
    heard = asyncio.run(events_of(spawner, list(STEPS)[1:]))
    assert [event["step"] for event in heard] == list(STEPS)
    assert [event["progress"] for event in heard] == [0, 25, 50, 75]
    assert heard[0]["message"] == "Creating your container"


def test_a_late_listener_gets_the_current_step(spawner: Spawner) -> None:
    spawner.steps.reach("waiting")
    assert [event["step"] for event in asyncio.run(events_of(spawner, ["opening"]))] == ["waiting", "opening"]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("ExitCode=3, Error='', FinishedAt=now", "Your server stopped while starting (exit code 3)."),
        (
            "ExitCode=137, Error='', FinishedAt=now",
            "Your server stopped while starting. It may have run out of memory (exit code 137).",
        ),
        (0, "The server’s container was removed while the server was starting."),
    ],
)
def test_a_start_that_ended_says_why(
    spawner: Spawner, monkeypatch: pytest.MonkeyPatch, state: str | int, sentence: str
) -> None:
    async def poll() -> str | int:
        return state

    async def log() -> str:
        return ""

    monkeypatch.setattr(spawner, "poll", poll)
    monkeypatch.setattr(spawner, "last_log_lines", log)
    with pytest.raises(StartFailedError) as caught:
        asyncio.run(spawner._check_running())
    assert caught.value.sentence("en") == sentence


@pytest.mark.parametrize(
    ("server", "user", "stopped"),
    [
        ("/user/alice/", "/user/alice/", False),
        ("/jupyter/user/alice/two/", "/jupyter/user/alice/", False),
        ("/user/alice/", "/jupyter/user/alice/", True),
        ("/jupyter/user/alice/", "/user/alice/", True),
        ("https://alice.a.b/user/alice/", "https://alice.a.b/user/alice/", False),
        ("/user/alice/", "https://alice.a.b/user/alice/", True),
        ("https://alice.a.b/user/alice/", "/user/alice/", True),
        ("https://alice.a.b/user/alice/", "https://alice.c.d/user/alice/", True),
    ],
)
def test_a_server_with_an_old_address_is_stopped(
    spawner: Spawner, monkeypatch: pytest.MonkeyPatch, server: str, user: str, stopped: bool
) -> None:
    ended = []

    async def stop() -> None:
        ended.append(True)

    async def poll(self: Any) -> int | None:
        return 0 if ended else None

    monkeypatch.setattr(DockerSpawner, "poll", poll)
    monkeypatch.setattr(spawner, "stop", stop)
    monkeypatch.setattr(StackSpawner, "server", SimpleNamespace(base_url=urlsplit(server).path))
    spawner.load_state({"object_id": "made", "origin": server.removesuffix(urlsplit(server).path)})
    spawner.user.base_url = urlsplit(user).path
    spawner.user.host = user.removesuffix(urlsplit(user).path)
    spawner.user.settings = {"subdomain_host": urlsplit(user).netloc}
    assert asyncio.run(spawner.poll()) == (0 if stopped else None)
    assert ended == [True] * stopped

"""What notebook servers weigh, by what they use. tests/attack/test_noise.py has a real Docker."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest
from aiohttp import ClientError, ClientSession

from stackgate import weights as module
from stackgate.weights import LEAST, LOOK, MOST, Weights, weight


class Answer:
    """Docker's, good for `async with`."""

    def __init__(self, said: Any, ok: bool = True) -> None:
        self._said, self.ok = said, ok

    async def __aenter__(self) -> Answer:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def raise_for_status(self) -> None:
        if not self.ok:
            raise ClientError

    async def json(self) -> Any:
        return self._said


class Engine:
    """Docker, with containers that use as many processors as `uses` says, and the GPUs of `gpus`."""

    def __init__(self, **uses: float) -> None:
        self.uses, self.now, self.refuses, self.ending = uses, 0.0, False, ""
        self.gpus: dict[str, bool | str] = dict.fromkeys(uses, False)
        self.used = dict.fromkeys(uses, 0.0)
        self.updates: list[tuple[str, int]] = []

    def get(self, url: str, params: dict[str, str], timeout: object) -> Answer:
        assert timeout
        path = url.removeprefix("http://docker/containers/")
        if path == "json":
            assert json.loads(params["filters"]) == {"label": ["stackhub.stack=lab"]}
            return Answer([{"Id": name} for name in self.uses])
        name, _, what = path.partition("/")
        if what == "json":
            devices: list[Any] | None = [{}] if self.gpus[name] is True else None
            own = [f"NVIDIA_VISIBLE_DEVICES={self.gpus[name]}"] if isinstance(self.gpus[name], str) else None
            return Answer({"HostConfig": {"DeviceRequests": devices, "CpuShares": 0}, "Config": {"Env": own}})
        if name == self.ending:
            return Answer({"message": "No such container"}, ok=False)
        assert params == {"stream": "0", "one-shot": "1"}, "without these, Docker takes two seconds"
        return Answer({"cpu_stats": {"cpu_usage": {"total_usage": self.used[name] * 1e9}}})

    def post(self, url: str, json: dict[str, int], timeout: object) -> Answer:
        assert timeout
        self.updates.append((url.split("/")[-2], json.pop("CpuShares")))
        assert url.endswith("/update")
        assert not json
        return Answer({}, ok=not self.refuses)

    def weights(self) -> Weights:
        return Weights(cast(ClientSession, self), "lab", lambda: self.now)

    def look(self, weights: Weights, after: float = LOOK) -> list[tuple[str, int]]:
        """Look again, so many seconds later; the updates of it."""
        self.now += after
        self.used = {name: self.used.get(name, 0) + use * after for name, use in self.uses.items()}
        self.updates = []
        asyncio.run(weights.look())
        return self.updates


@pytest.mark.parametrize(("use", "weighs"), [(0, 1024), (0.25, 1024), (0.5, 256), (1, 64), (2, 16), (64, LEAST)])
def test_who_uses_twice_as_much_weighs_a_quarter(use: float, weighs: int) -> None:
    assert weight(use) == weighs


@pytest.fixture(autouse=True)
def processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CPUS", 8)


def test_who_computes_without_a_pause_gives_way_to_who_does_not() -> None:
    engine = Engine(bomb=1.5, quiet=0.01)
    weights = engine.weights()
    assert engine.look(weights) == [], "nothing is known yet"
    assert engine.look(weights) == [("bomb", 28)]
    assert engine.look(weights) == [], "nothing has changed"


def test_who_has_stopped_weighs_as_before_in_some_steps() -> None:
    """One pause is not enough: a bomb may have some."""
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.look(weights)
    engine.look(weights)
    engine.uses["bomb"] = 0
    assert [engine.look(weights) for _ in range(4)] == [[("bomb", 64)], [("bomb", 256)], [("bomb", MOST)], []]


def test_who_used_a_little_too_much_weighs_as_before_too() -> None:
    engine = Engine(busy=0.36)
    weights = engine.weights()
    engine.look(weights)
    assert engine.look(weights) == [("busy", 494)]
    engine.uses["busy"] = 0
    assert engine.look(weights) == [("busy", MOST)]


def test_where_many_compute_each_has_less_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CPUS", 2)
    engine = Engine(**{f"user{number}": 0.22 for number in range(9)}, quiet=0.01)
    weights = engine.weights()
    engine.look(weights)
    assert [name for name, _ in engine.look(weights)] == [f"user{number}" for number in range(9)]


def test_one_that_is_just_ending_is_in_nobodys_way() -> None:
    engine = Engine(gone=2, bomb=2)
    engine.ending = "gone"
    weights = engine.weights()
    engine.look(weights)
    assert engine.look(weights) == [("bomb", 16)]


def test_a_little_more_or_less_changes_nothing() -> None:
    engine = Engine(busy=1)
    weights = engine.weights()
    engine.look(weights)
    assert engine.look(weights) == [("busy", 64)]
    engine.uses["busy"] = 1.1
    assert engine.look(weights) == []


def test_what_was_long_ago_says_nothing_of_now() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.look(weights)
    assert engine.look(weights, 60) == [], "the processors were not short in between"
    assert engine.look(weights) == [("bomb", 16)]


def test_what_docker_refuses_is_tried_again() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.look(weights)
    engine.refuses = True
    assert engine.look(weights) == engine.look(weights) == [("bomb", 16)]


def test_a_server_with_gpus_is_left_alone() -> None:
    engine = Engine(bomb=2, trainer=2, other=2)
    engine.gpus |= {"trainer": True, "other": "all", "bomb": "void"}
    weights = engine.weights()
    engine.look(weights)
    assert engine.look(weights) == [("bomb", 16)]


def test_one_that_has_ended_is_forgotten() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.look(weights)
    engine.look(weights)
    engine.uses = {}
    assert engine.look(weights) == []
    engine.uses = {"bomb": 2}
    assert engine.look(weights) == []
    assert engine.look(weights) == [("bomb", 16)]

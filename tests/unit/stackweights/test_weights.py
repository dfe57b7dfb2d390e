"""CPU shares of notebook servers by their use. tests/attack/test_noise.py has a real Docker."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest
from aiohttp import ClientError, ClientSession

from stackweights import weights as module
from stackweights.weights import INTERVAL, MAX_SHARES, MIN_SHARES, Weights, shares


class Answer:
    """Docker's answer, for `async with`."""

    def __init__(self, content: Any, ok: bool = True) -> None:
        self._content, self.ok = content, ok

    async def __aenter__(self) -> Answer:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def raise_for_status(self) -> None:
        if not self.ok:
            raise ClientError

    async def json(self) -> Any:
        return self._content


class Engine:
    """A Docker whose containers use the processors in `uses` and have the GPUs in `gpus`."""

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

    def update(self, weights: Weights, after: float = INTERVAL) -> list[tuple[str, int]]:
        """Update the weights `after` seconds later; the calls to Docker that this takes."""
        self.now += after
        self.used = {name: self.used.get(name, 0) + use * after for name, use in self.uses.items()}
        self.updates = []
        asyncio.run(weights.update())
        return self.updates


@pytest.mark.parametrize(("use", "expected"), [(0, 1024), (0.25, 1024), (0.5, 256), (1, 64), (2, 16), (64, MIN_SHARES)])
def test_twice_the_use_means_a_quarter_of_the_shares(use: float, expected: int) -> None:
    assert shares(use) == expected


@pytest.fixture(autouse=True)
def processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CPUS", 8)


def test_a_server_that_computes_continuously_gets_fewer_shares() -> None:
    engine = Engine(bomb=1.5, quiet=0.01)
    weights = engine.weights()
    assert engine.update(weights) == [], "there is no earlier measurement"
    assert engine.update(weights) == [("bomb", 28)]
    assert engine.update(weights) == [], "nothing has changed"


def test_a_server_that_has_stopped_computing_gets_its_shares_back_in_steps() -> None:
    """One pause is not enough: a fork bomb may have some."""
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.update(weights)
    engine.update(weights)
    engine.uses["bomb"] = 0
    assert [engine.update(weights) for _ in range(4)] == [[("bomb", 64)], [("bomb", 256)], [("bomb", MAX_SHARES)], []]


def test_a_server_just_above_the_free_share_gets_its_shares_back_too() -> None:
    engine = Engine(busy=0.36)
    weights = engine.weights()
    engine.update(weights)
    assert engine.update(weights) == [("busy", 494)]
    engine.uses["busy"] = 0
    assert engine.update(weights) == [("busy", MAX_SHARES)]


def test_with_many_busy_servers_each_has_a_smaller_free_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CPUS", 2)
    engine = Engine(**{f"user{number}": 0.22 for number in range(9)}, quiet=0.01)
    weights = engine.weights()
    engine.update(weights)
    assert [name for name, _ in engine.update(weights)] == [f"user{number}" for number in range(9)]


def test_a_server_that_is_just_ending_does_not_hold_up_the_others() -> None:
    engine = Engine(gone=2, bomb=2)
    engine.ending = "gone"
    weights = engine.weights()
    engine.update(weights)
    assert engine.update(weights) == [("bomb", 16)]


def test_a_little_more_or_less_changes_nothing() -> None:
    engine = Engine(busy=1)
    weights = engine.weights()
    engine.update(weights)
    assert engine.update(weights) == [("busy", 64)]
    engine.uses["busy"] = 1.1
    assert engine.update(weights) == []


def test_a_measurement_from_long_ago_is_not_used() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.update(weights)
    assert engine.update(weights, 60) == [], "the processors were not short in between"
    assert engine.update(weights) == [("bomb", 16)]


def test_an_update_that_docker_refuses_is_tried_again() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.update(weights)
    engine.refuses = True
    assert engine.update(weights) == engine.update(weights) == [("bomb", 16)]


def test_a_server_with_gpus_is_never_updated() -> None:
    engine = Engine(bomb=2, trainer=2, other=2)
    engine.gpus |= {"trainer": True, "other": "all", "bomb": "void"}
    weights = engine.weights()
    engine.update(weights)
    assert engine.update(weights) == [("bomb", 16)]


def test_a_server_that_has_ended_is_forgotten() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.update(weights)
    engine.update(weights)
    engine.uses = {}
    assert engine.update(weights) == []
    engine.uses = {"bomb": 2}
    assert engine.update(weights) == []
    assert engine.update(weights) == [("bomb", 16)]

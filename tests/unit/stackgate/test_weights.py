"""What notebook servers weigh, by what they use. tests/attack/test_noise.py has a real Docker."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest
from aiohttp import ClientSession

from stackgate.weights import LEAST, LOOK, MOST, Weights, weight


class Answer:
    """Docker's, good for `async with`."""

    def __init__(self, said: Any, ok: bool = True) -> None:
        self._said, self.ok = said, ok

    async def __aenter__(self) -> Answer:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def json(self) -> Any:
        return self._said


class Engine:
    """Docker, with containers that use as many processors as `uses` says, and the GPUs of `gpus`."""

    def __init__(self, **uses: float) -> None:
        self.uses, self.gpus, self.now, self.refuses = uses, dict.fromkeys(uses, False), 0.0, False
        self.used = dict.fromkeys(uses, 0.0)
        self.updates: list[tuple[str, int]] = []

    def get(self, url: str, params: dict[str, str]) -> Answer:
        path = url.removeprefix("http://docker/containers/")
        if path == "json":
            assert json.loads(params["filters"]) == {"label": ["stackhub.stack=lab"]}
            return Answer([{"Id": name} for name in self.uses])
        name, _, what = path.partition("/")
        if what == "json":
            return Answer({"HostConfig": {"DeviceRequests": [{}] if self.gpus[name] else None}})
        assert params == {"stream": "0", "one-shot": "1"}, "without these, Docker takes two seconds"
        return Answer({"cpu_stats": {"cpu_usage": {"total_usage": self.used[name] * 1e9}}})

    def post(self, url: str, json: dict[str, int]) -> Answer:
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


def test_who_computes_without_a_pause_gives_way_to_who_does_not() -> None:
    engine = Engine(bomb=1.5, quiet=0.01)
    weights = engine.weights()
    assert engine.look(weights) == [], "nothing is known yet"
    assert engine.look(weights) == [("bomb", 28), ("quiet", MOST)]
    assert engine.look(weights) == [], "nothing has changed"


def test_who_has_stopped_weighs_as_before() -> None:
    engine = Engine(bomb=2)
    weights = engine.weights()
    engine.look(weights)
    engine.look(weights)
    engine.uses["bomb"] = 0
    assert engine.look(weights) == [("bomb", MOST)]


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
    engine = Engine(bomb=2, trainer=2)
    engine.gpus["trainer"] = True
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

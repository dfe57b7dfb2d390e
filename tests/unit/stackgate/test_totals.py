"""The gate counts what all notebook servers together use."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import pytest

from stackgate import body, totals
from stackgate.calls import RefusedError
from stackgate.engine import Engine
from stackgate.rules import Published, Rules
from stackgate.totals import Totals
from tests.unit.stackgate.containers import CA, changed, container

IMAGE = f"sha256:{'a' * 64}"
GB = 2**30
LIMITS = frozenset({("small", GB, 100_000), ("large", 2 * GB, 100_000)})
PUBLISHED = Published(frozenset({(IMAGE, False)}), limits=LIMITS, counts={"large": 1})
RULES = Rules("lab", 1000, CA, PUBLISHED, servers_memory=4 * GB)


def made(size: str = "small") -> body.Container:
    memory = GB if size == "small" else 2 * GB
    sent = container("lab", IMAGE, memory=memory, cpu_quota=100_000, processes=1000)
    return body.read(json.dumps(changed(sent, "Labels", sent["Labels"] | {"stackhub.size": size})).encode(), RULES)


def listed(name: str, size: str = "small", memory: int = GB, state: str = "running") -> dict[str, Any]:
    labels = {"stackhub.size": size, body.MEMORY: str(memory)}
    return {"Names": [f"/{name}"], "State": state, "Labels": labels}


class Docker:
    """Docker with these containers, and with volumes."""

    def __init__(self, *containers: dict[str, Any], volumes: int = 0, known: bool = False) -> None:
        self.containers, self.number, self.known = list(containers), volumes, known

    async def servers(self) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        return self.containers

    async def has_volume(self, _: str) -> bool:
        return self.known

    async def volumes(self) -> int:
        return self.number


async def create(counting: Totals, docker: Docker, name: str = "new", size: str = "small") -> None:
    asked = made(size)
    async with counting.room(name, asked, RULES, cast("Engine", docker)):
        await asyncio.sleep(0.01)
        docker.containers.append(listed(name, size, asked.host_config.memory, "created"))


@pytest.mark.parametrize(
    ("there", "size"),
    [
        ([], "large"),
        ([listed("a"), listed("b"), listed("c")], "small"),
        ([listed("a"), listed("b"), listed("c"), listed("d", state="exited")], "small"),
        ([listed("new", "large", 2 * GB), listed("b")], "large"),
        ([listed("a", "large", 2 * GB, "exited")], "large"),
    ],
)
def test_there_is_room(there: list[dict[str, Any]], size: str) -> None:
    docker = Docker(*there)
    asyncio.run(create(Totals(), docker, size=size))
    assert docker.containers == [*there, listed("new", size, GB if size == "small" else 2 * GB, "created")]


@pytest.mark.parametrize(
    ("there", "size", "reason"),
    [
        ([listed("a"), listed("b"), listed("c"), listed("d", state="paused")], "small", f"would have {5 * GB} bytes"),
        ([listed("a"), listed("b"), listed("c", state="created")], "large", f"STACK_SERVERS_MEMORY is {4 * GB}"),
        ([listed("a", "large", GB)], "large", "there are 1 servers of the size large already"),
        ([listed(str(number), state="exited") for number in range(2000)], "small", "there are 2000 notebook servers"),
    ],
)
def test_there_is_none(there: list[dict[str, Any]], size: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        asyncio.run(create(Totals(), Docker(*there), size=size))


def test_of_many_at_once_no_more_than_fit() -> None:
    async def ten() -> list[Any]:
        counting, docker = Totals(), Docker()
        return await asyncio.gather(*(create(counting, docker, str(number)) for number in range(10)), return_exceptions=True)

    refused = [result for result in asyncio.run(ten()) if result is not None]
    assert len(refused) == 6
    assert {type(error) for error in refused} == {RefusedError}


def test_a_name_is_created_once_at_a_time() -> None:
    async def twice() -> tuple[Any, Any]:
        counting, docker = Totals(), Docker()
        return await asyncio.gather(create(counting, docker), create(counting, docker), return_exceptions=True)

    first, second = asyncio.run(twice())
    assert (first, str(second)) == (None, "new is being created")


def test_the_number_of_volumes_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(totals, "MAX_VOLUMES", 5)
    asyncio.run(create(Totals(), Docker(volumes=4)))
    asyncio.run(create(Totals(), Docker(volumes=5, known=True)))
    with pytest.raises(RefusedError, match="there are 5 volumes with people's files already"):
        asyncio.run(create(Totals(), Docker(volumes=5)))


def test_one_that_is_created_while_docker_lists_the_others_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not in the list yet, and no longer among those that are being created when the list comes."""
    docker, counting = Docker(), Totals()
    listing = docker.servers

    async def slow_list() -> list[dict[str, Any]]:
        before = list(await listing())
        await asyncio.sleep(0.05)
        return before

    async def both() -> None:
        first = asyncio.create_task(create(counting, docker, "first", "large"))
        await asyncio.sleep(0.005)
        monkeypatch.setattr(docker, "servers", slow_list)
        with pytest.raises(RefusedError, match="large"):
            await create(counting, docker, "second", "large")
        await first

    asyncio.run(both())

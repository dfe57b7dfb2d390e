"""Sizes that are too large for a server."""

from __future__ import annotations

import pytest

from stackctl.catalogue import Catalogue, Size
from stackctl.doctor.checks.server.sizes import check

GB = 2**30
SMALL, LARGE = (
    Size.model_validate({"name": name, "title": name, "cpu": cpu, "memory": memory})
    for name, cpu, memory in (("small", 1, "2G"), ("large", 4, "8G"))
)


@pytest.mark.parametrize(
    ("setting", "gigabytes", "cpus", "people_get"),
    [
        ("90%", 9, 4, []),
        ("100%", 8, 4, []),
        ("400%", 2, 4, []),
        ("90%", 8, 4, ["4 CPUs, 7.2 GB"]),
        ("90%", 64, 2, ["2 CPUs, 8 GB"]),
        ("1G", 64, 2, ["1 CPU, 1 GB", "2 CPUs, 1 GB"]),
    ],
)
def test_sizes_get_what_the_server_has(setting: str, gigabytes: int, cpus: int, people_get: list[str]) -> None:
    found = check([SMALL, LARGE], setting, gigabytes * GB, cpus)
    names = ["small", "large"][-len(people_get) :] if people_get else []
    assert [item.message for item in found] == [
        f"The size {name} is more than this server has. People get {limits}."
        for name, limits in zip(names, people_get, strict=True)
    ]
    assert {item.level for item in found} <= {"ok"}, "up warns each time otherwise"


def test_people_get_what_the_check_says() -> None:
    fitted = Catalogue(images=(), sizes=(SMALL, LARGE)).within(2, 7 * GB).sizes
    assert [(size.name, size.cpu, size.memory) for size in fitted] == [("small", 1, 2 * GB), ("large", 2, 7 * GB)]


def test_more_memory_than_the_server_has_is_an_error() -> None:
    (found,) = check([LARGE], "500G", 24 * GB, cpus=8)
    assert found.level == "fail"
    assert found.message == "STACK_SERVERS_MEMORY=500G is more than the 24 GB of memory that this server has."
    assert found.fix == (
        "Set less in .env. To promise more than there is, set a share of the server's memory above 100%, such as 150%."
    )

"""Sizes that are too large for a server."""

from __future__ import annotations

import pytest

from stackctl.catalogue import Size
from stackctl.doctor.checks.server.sizes import check

SMALL, LARGE = (
    Size.model_validate({"name": name, "title": name, "cpu": 1, "memory": memory})
    for name, memory in (("s", "2G"), ("l", "8G"))
)


@pytest.mark.parametrize(
    ("setting", "gigabytes", "expected"),
    [("90%", 8, ["l"]), ("90%", 9, []), ("100%", 8, []), ("8G", 4, []), ("7.5G", 64, ["l"]), ("90%", 2, ["s", "l"])],
)
def test_sizes_with_too_much_memory(setting: str, gigabytes: int, expected: list[str]) -> None:
    found = check([SMALL, LARGE], setting, gigabytes * 2**30, cpus=2)
    assert [item.message.split()[5].strip(":") for item in found] == expected
    assert {item.level for item in found} <= {"warn"}


def test_the_warning_has_both_numbers_and_a_fix() -> None:
    (found,) = check([LARGE], "90%", 8 * 2**30, cpus=1)
    assert "it has 8 GB of memory, but all servers together may use only 7.2 GB (STACK_SERVERS_MEMORY=90%)." in found.message
    assert found.fix == "Give it less in singleuser/sizes.local.yaml, or remove it there."


def test_sizes_with_too_many_cpus() -> None:
    four = SMALL.model_copy(update={"cpu": 4})
    (found,) = check([SMALL, four], "90%", 2**40, cpus=2)
    assert found.message == "The size s has 4 CPUs, but this server has only 2."

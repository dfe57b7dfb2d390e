"""How much of the machine is available: memory, counts and GPUs."""

from __future__ import annotations

from typing import Any

import pytest

from contract.catalogue import Size
from stackhub.spawn.capacity import Capacity, Reservation, shown
from stackhub.spawn.catalogue import RefusedError
from tests.unit.stackhub.spawn.servers import GB, size


def sized(name: str = "small", **more: Any) -> Size:
    return Size(**size(name, **more))


def reservation(name: str = "small", memory: int = GB, gpus: tuple[str, ...] = ()) -> Reservation:
    return Reservation("base", name, memory, gpus)


@pytest.mark.parametrize(
    ("what", "holders", "free", "most"),
    [
        (sized(), [], 8, 8),
        (sized(), [reservation()] * 3, 5, 8),
        (sized(), [reservation("large", 4 * GB)], 4, 8),
        (sized(memory=3 * GB), [], 2, 2),
        (sized(memory=9 * GB), [], 0, 0),
        (sized(), [reservation("x", 9 * GB)], 0, 8),  # the limit was lowered
        (sized(count=4), [reservation()] * 2, 2, 4),
        (sized(count=4), [reservation("other")] * 2, 4, 4),
        (sized(count=4), [reservation()] * 5, 0, 4),
        (sized(count=4, memory=4 * GB), [reservation("other")], 1, 2),
        (sized(gpus=1), [], 2, 2),
        (sized(gpus=1), [reservation("x", GB, ("GPU-1",))], 1, 2),
        (sized(gpus=2), [reservation("x", GB, ("GPU-1",))], 0, 1),
        (sized(gpus=3), [], 0, 0),
    ],
)
def test_how_many_servers_of_a_size_are_available(what: Size, holders: list[Reservation], free: int, most: int) -> None:
    capacity = Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders))
    assert (capacity.free(what), capacity.most(what)) == (free, most)
    assert can_take(capacity, what) == (free > 0), "the number shown and the reservation agree"


def can_take(capacity: Capacity, what: Size) -> bool:
    try:
        capacity.reserve("base", what)
    except RefusedError:
        return False
    return True


def test_a_reservation_leaves_less_for_the_next_server(monkeypatch: pytest.MonkeyPatch) -> None:
    holders: list[Reservation] = []
    for expected in ("GPU-1", "GPU-2"):
        holders.append(Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders)).reserve("base", sized("gpu", gpus=1)))
        assert holders[-1] == Reservation("base", "gpu", GB, (expected,))
    with pytest.raises(RefusedError):
        Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders)).reserve("base", sized("gpu", gpus=1))
    freed = Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders[1:]))
    assert freed.reserve("base", sized("gpu", gpus=1)).gpus == ("GPU-1",)


def test_a_gpu_that_was_removed_is_not_available() -> None:
    capacity = Capacity(8 * GB, ("GPU-2",), (reservation("x", GB, ("GPU-1",)),))
    assert capacity.free_gpus == ["GPU-2"]


@pytest.mark.parametrize(
    ("what", "kind", "facts"),
    [
        (sized("large", count=2), "size-full", {"count": 2}),
        (sized(memory=3 * GB), "memory-full", {"wanted": "3 GB", "free": "1.5 GB"}),
        (sized(memory=10 * GB), "too-large", {"wanted": "10 GB", "most": "4 GB"}),
        (sized(gpus=1), "gpus-full", {"wanted": 1, "free": 0}),
    ],
)
def test_a_refusal_has_the_facts(what: Size, kind: str, facts: dict[str, Any]) -> None:
    capacity = Capacity(4 * GB, ("GPU-1",), (reservation("large", 2 * GB, ("GPU-1",)), reservation("large", GB // 2)))
    with pytest.raises(RefusedError) as refused:
        capacity.reserve("base", what)
    assert (refused.value.kind, refused.value.facts) == (kind, facts)


@pytest.mark.parametrize(
    ("count", "text"), [(512 * 2**20, "512 MB"), (GB, "1 GB"), (GB * 3 // 2, "1.5 GB"), (0, "0 MB"), (300 * GB, "300 GB")]
)
def test_bytes_are_shown_in_readable_units(count: int, text: str) -> None:
    assert shown(count) == text

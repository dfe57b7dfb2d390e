"""What is left of the server: memory, counts and GPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackhub.capacity import Capacity, Held, memory_limit, shown
from stackhub.catalogue import RefusedError, Size
from tests.unit.stackhub.servers import GB, size


def sized(name: str = "small", **more: Any) -> Size:
    return Size(**size(name, **more))


def held(name: str = "small", memory: int = GB, gpus: tuple[str, ...] = ()) -> Held:
    return Held("base", name, memory, gpus)


@pytest.mark.parametrize(
    ("what", "holders", "free", "most"),
    [
        (sized(), [], 8, 8),
        (sized(), [held()] * 3, 5, 8),
        (sized(), [held("large", 4 * GB)], 4, 8),
        (sized(memory=3 * GB), [], 2, 2),
        (sized(memory=9 * GB), [], 0, 0),
        (sized(), [held("x", 9 * GB)], 0, 8),  # the limit was lowered
        (sized(count=4), [held()] * 2, 2, 4),
        (sized(count=4), [held("other")] * 2, 4, 4),
        (sized(count=4), [held()] * 5, 0, 4),
        (sized(count=4, memory=4 * GB), [held("other")], 1, 2),
        (sized(gpus=1), [], 2, 2),
        (sized(gpus=1), [held("x", GB, ("GPU-1",))], 1, 2),
        (sized(gpus=2), [held("x", GB, ("GPU-1",))], 0, 1),
        (sized(gpus=3), [], 0, 0),
    ],
)
def test_what_is_left_of_a_size(what: Size, holders: list[Held], free: int, most: int) -> None:
    capacity = Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders))
    assert (capacity.free(what), capacity.most(what)) == (free, most)
    assert can_take(capacity, what) == (free > 0), "what is said and what is done"


def can_take(capacity: Capacity, what: Size) -> bool:
    try:
        capacity.take("base", what)
    except RefusedError:
        return False
    return True


def test_what_a_server_takes_is_gone_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    holders: list[Held] = []
    for expected in ("GPU-1", "GPU-2"):
        holders.append(Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders)).take("base", sized("gpu", gpus=1)))
        assert holders[-1] == Held("base", "gpu", GB, (expected,))
    with pytest.raises(RefusedError):
        Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders)).take("base", sized("gpu", gpus=1))
    freed = Capacity(8 * GB, ("GPU-1", "GPU-2"), tuple(holders[1:]))
    assert freed.take("base", sized("gpu", gpus=1)).gpus == ("GPU-1",)


def test_a_gpu_that_is_no_longer_there_is_nobodys() -> None:
    capacity = Capacity(8 * GB, ("GPU-2",), (held("x", GB, ("GPU-1",)),))
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
    capacity = Capacity(4 * GB, ("GPU-1",), (held("large", 2 * GB, ("GPU-1",)), held("large", GB // 2)))
    with pytest.raises(RefusedError) as refused:
        capacity.take("base", what)
    assert (refused.value.kind, refused.value.facts) == (kind, facts)


@pytest.mark.parametrize(
    ("count", "text"), [(512 * 2**20, "512 MB"), (GB, "1 GB"), (GB * 3 // 2, "1.5 GB"), (0, "0 MB"), (300 * GB, "300 GB")]
)
def test_bytes_are_shown_for_people(count: int, text: str) -> None:
    assert shown(count) == text


def test_the_limit_is_an_amount_or_a_share_of_the_machine(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:       1000 kB\nMemFree: 1 kB\n")
    assert memory_limit("90%", meminfo) == 921_600
    assert memory_limit("56G") == 56 * GB
    assert memory_limit("1.5T") == 1536 * GB
    assert memory_limit("512M") == GB // 2

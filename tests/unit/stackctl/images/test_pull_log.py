"""A pull's progress, from the engine's events."""

from __future__ import annotations

from typing import Any

from stackctl.images.pull_log import PullLog


def event(ident: str, status: str, current: int = 0, total: int = 0) -> dict[str, Any]:
    return {"id": ident, "status": status, "progressDetail": {"current": current, "total": total} if total else {}}


def fed(*events: dict[str, Any]) -> PullLog:
    """A log that has seen events, one a second."""
    log = PullLog()
    for second, item in enumerate(events):
        log.feed(item, float(second))
    return log


def test_before_the_first_layer_it_contacts_the_registry() -> None:
    assert str(fed({"id": "1", "status": "Pulling from a/b"})) == "contacting the registry"


def test_bytes_and_time_left() -> None:
    log = fed(
        event("a", "Pulling fs layer"),
        event("b", "Already exists"),
        event("a", "Downloading", 10_000_000, 40_000_000),
        event("a", "Downloading", 20_000_000, 40_000_000),
    )
    assert (log.completed, log.total) == (20_000_000, 40_000_000)
    assert log.seconds_left == 3.0
    assert str(log) == "20.0 of 40.0 MB, 3 s left"


def test_the_speed_is_that_of_the_last_seconds() -> None:
    slow = [event("a", "Downloading", (second + 1) * 1000, 10_000_000) for second in range(50)]
    log = fed(*slow, *(event("a", "Downloading", 50_000 + (second + 1) * 100_000, 10_000_000) for second in range(15)))
    assert log.seconds_left is not None
    assert log.seconds_left < 100


def test_bytes_from_before_a_broken_download_count() -> None:
    log = fed(
        event("a", "Downloading", 60, 100),
        event("a", "Retrying in 5 seconds"),
        event("a", "Downloading", 10, 40),
    )
    assert (log.completed, log.total) == (70, 100)


def test_waiting_for_a_retry_is_no_progress() -> None:
    log = fed(event("a", "Downloading", 60, 100), event("a", "Retrying in 5 seconds"), event("a", "Retrying in 4 seconds"))
    assert log.progress_at == 0
    assert log.retrying == "a"
    assert "retrying" in str(log)


def test_unpacking_without_a_total() -> None:
    log = PullLog()
    log.feed(event("a", "Downloading", 100_000_000, 100_000_000), 0.0)
    log.feed(event("a", "Download complete"), 1.0)
    log.feed({"id": "a", "status": "Extracting", "progressDetail": {"current": 3, "units": "s"}}, 2.0)
    assert (log.completed, log.total) == (100_000_000, 100_000_000)
    assert str(log) == "100 MB, unpacking"


def test_it_ends_with_a_digest_and_all_bytes() -> None:
    log = fed(event("a", "Downloading", 10, 100), event("a", "Pull complete"), {"status": "Digest: sha256:abc"})
    assert (log.digest, log.completed, log.total) == ("sha256:abc", 100, 100)


def test_unknown_events_are_ignored() -> None:
    log = fed({}, {"status": None, "id": None}, {"id": "a", "progressDetail": None}, {"status": "Downloading", "id": "a"})
    assert (log.completed, log.total) == (0, 0)
    assert str(log)

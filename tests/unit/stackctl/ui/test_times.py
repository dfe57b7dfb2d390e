"""Times as people read them: local with their zone, or how long ago."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from stackctl.ui import times

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=timezone.utc)


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("stamp", ["2026-01-31T09:00:00Z", "2026-01-31T09:00:00.123456Z", "2026-01-31T09:00:00.123456789Z"])
def test_a_time_is_local_and_names_its_zone(shanghai: None, stamp: str) -> None:
    assert times.local(stamp) == "2026-01-31 17:00 CST"


@pytest.mark.parametrize(
    ("stamp", "text"),
    [
        ("2026-01-31T09:00:20Z", "just now"),  # the hub's clock may be ahead
        ("2026-01-31T08:59:01Z", "just now"),
        ("2026-01-31T08:55:00Z", "5 min ago"),
        ("2026-01-31T06:59:00.5Z", "2 h ago"),
        ("2026-01-30T09:00:00Z", "1 day ago"),
        ("2026-01-11T08:00:00Z", "20 days ago"),
    ],
)
def test_how_long_ago_a_time_was(stamp: str, text: str) -> None:
    assert times.ago(stamp, NOW) == text

"""When were an image's Debian packages last updated? Only a new build updates them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from stackctl.ui.check import Check

MAX_DAYS = 30


def check(updated: Mapping[str, float], fixes: Mapping[str, str], now: datetime) -> Iterator[Check]:
    """A warning for each image whose Debian packages are older than MAX_DAYS.

    `updated`: time of the last update in seconds since 1970, by the image's name; `fixes`: what to do, by the same names.
    """
    days = {name: int((now.timestamp() - time) // 86400) for name, time in updated.items()}
    for name, age in days.items():
        if age > MAX_DAYS:
            yield Check(
                "warn", f"{name}: its Debian packages lack the security updates of the last {age} days.", fixes[name]
            )
    if days and max(days.values()) <= MAX_DAYS:
        yield Check("ok", f"The Debian packages of all {len(days)} images were updated {_ago(max(days.values()))}.")


def _ago(days: int) -> str:
    return "today" if days <= 0 else f"in the last {days + 1} days"

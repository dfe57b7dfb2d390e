"""Is it long since an image got its Debian packages? Nothing upgrades them but a new build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from stackctl.checks import Check

DAYS = 30


def check(dated: Mapping[str, float], fixes: Mapping[str, str], now: datetime) -> Iterator[Check]:
    """`dated`: when, in seconds since 1970, by the image's name; `fixes`: what to do about each."""
    old = {name: int((now.timestamp() - when) // 86400) for name, when in dated.items()}
    for name, days in old.items():
        if days > DAYS:
            what = f"{name}: its Debian packages are {days} days old, and have no security update that came since."
            yield Check("warn", what, fixes[name])
    if old and max(old.values()) <= DAYS:
        yield Check("ok", f"The Debian packages of {len(old)} images are at most {max(old.values())} days old.")

"""Times as people read them."""

from __future__ import annotations

from datetime import datetime, timezone

UNITS = (("day", 86400), ("h", 3600), ("min", 60))


def local(stamp: str) -> str:
    """A UTC time (ISO 8601, such as 2026-01-31T09:00:00Z) in this server's time zone: 2026-01-31 10:00 CET."""
    return f"{_moment(stamp).astimezone():%Y-%m-%d %H:%M %Z}"


def ago(stamp: str, now: datetime | None = None) -> str:
    """How long ago a UTC time was: just now, 5 min ago, 3 h ago, 2 days ago."""
    seconds = ((now or datetime.now(timezone.utc)) - _moment(stamp)).total_seconds()
    for unit, size in UNITS:
        if (count := int(seconds // size)) >= 1:
            return f"{count} {unit}{'s' * (unit == 'day' and count > 1)} ago"
    return "just now"


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp[:19]).replace(tzinfo=timezone.utc)

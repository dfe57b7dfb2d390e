"""Time zones, by the names of the tz database: https://data.iana.org/time-zones/tz-link.html"""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import available_timezones

LOCALTIME = Path("/etc/localtime")


def timezone(value: str) -> str:
    """A zone's name, or "". Raises ValueError if there is no such zone, as far as this server knows zones at all."""
    known = available_timezones() or {value}
    if value and (value not in known or not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", value)):
        raise ValueError("must be a time zone, such as Asia/Shanghai or Europe/Berlin")
    return value


def of_server() -> str:
    """The name of this server's time zone; "" for UTC, and if it has no name."""
    _, _, name = str(LOCALTIME.resolve()).partition("/zoneinfo/")
    try:
        return "" if name.removeprefix("Etc/") in ("UTC", "UCT", "Universal", "Zulu") else timezone(name)
    except ValueError:
        return ""

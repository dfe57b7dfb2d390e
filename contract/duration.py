"""Durations as people write them."""

import re

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
"""Seconds of each unit."""


def to_seconds(duration: str) -> int:
    """`90`, `90s`, `30m`, `8h` or `1d` in seconds. Raises ValueError for another form."""
    written = re.fullmatch(r"(0|[1-9][0-9]*)([smhd]?)", duration)
    if not written:
        raise ValueError("must be a number of seconds, or a duration such as 30m, 8h or 1d")
    return int(written[1]) * UNITS[written[2]]

"""Amounts of memory as people write them."""

from __future__ import annotations

import re
from pathlib import Path

UNITS = "KMGT"
"""Powers of 1024."""


def to_bytes(amount: str) -> int:
    """`512M` or `1.5G` in bytes. Raises ValueError or IndexError for another form."""
    return int(float(amount[:-1]) * 1024 ** (UNITS.index(amount[-1]) + 1))


def of_machine(meminfo: Path = Path("/proc/meminfo")) -> int:
    """The machine's memory in bytes. A container sees the same: https://man7.org/linux/man-pages/man5/proc_meminfo.5.html"""
    total = re.search(r"^MemTotal: +(\d+) kB", meminfo.read_text(), re.MULTILINE)
    assert total, meminfo
    return int(total[1]) * 1024


def limit(setting: str, total: int) -> int:
    """STACK_SERVERS_MEMORY in bytes: an amount such as `56G`, or a share such as `90%` of the machine's `total` bytes."""
    return total * int(setting[:-1]) // 100 if setting.endswith("%") else to_bytes(setting)

"""Amounts of memory as people write them."""

UNITS = "KMGT"
"""Powers of 1024."""


def to_bytes(amount: str) -> int:
    """`512M` or `1.5G` in bytes. Raises ValueError or IndexError for another form."""
    return int(float(amount[:-1]) * 1024 ** (UNITS.index(amount[-1]) + 1))


def limit(setting: str, total: int) -> int:
    """STACK_SERVERS_MEMORY in bytes: an amount such as `56G`, or a share such as `90%` of the machine's `total` bytes."""
    return total * int(setting[:-1]) // 100 if setting.endswith("%") else to_bytes(setting)

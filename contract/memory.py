"""Amounts of memory as people write them."""

UNITS = "KMGT"
"""Powers of 1024."""


def to_bytes(amount: str) -> int:
    """`512M` or `1.5G` in bytes. Raises ValueError or IndexError for another form."""
    return int(float(amount[:-1]) * 1024 ** (UNITS.index(amount[-1]) + 1))

"""Amounts as people read them."""

from __future__ import annotations


def size(count: int) -> str:
    """Bytes in powers of 1024: 94 MB, 1.5 GB; "" for 0."""
    if not count:
        return ""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"

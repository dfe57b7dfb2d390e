"""Lists in settings."""

from __future__ import annotations


def items(setting: str) -> list[str]:
    """The items of a list separated by commas, without spaces around them, and without empty ones."""
    return [item for item in (part.strip() for part in setting.split(",")) if item]

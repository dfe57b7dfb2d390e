"""What the values of settings must be like. Every function raises ValueError with the rule."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit


def address(value: str) -> str:
    """`value`, an address of http or https; or "" for none."""
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", value)):
        raise ValueError("must be an address that begins with http:// or https://")
    return value


def certificates(path: Path) -> None:
    """A file that can be read and holds a certificate."""
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        fix = "on Debian and Ubuntu: apt-get install ca-certificates"
        raise ValueError(f"cannot be read ({error.strerror}); {fix}") from None
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError("holds no certificate (a PEM file is needed)")


def items(value: str) -> list[str]:
    """The items of a list with commas between them."""
    return [item for item in (part.strip() for part in value.split(",")) if item]

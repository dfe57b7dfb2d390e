"""`stackctl images list`."""

from __future__ import annotations

from typing import Any

from stackctl.commands.images.options import Json
from stackctl.images import listing
from stackctl.stack import Stack
from stackctl.ui import console, tables
from stackctl.ui.units import size

EXAMPLES = """
stackctl images list
stackctl images list --json
"""
OPTIONAL = ["DIGEST", "AGE", "REFERENCE"]
"""Columns that a narrow terminal does not show, the first ones first."""


def list_images(as_json: Json = False) -> None:
    """List images with access, usage and status."""
    stack = Stack.load()
    cache = stack.image_cache
    entries = listing.collect(stack.engine, stack.catalogue.images, cache, stack.engine.servers(stack.name))
    if as_json:
        console.show_json(entries)
        return
    headers = ["NAME", "TITLE", "REFERENCE", "DIGEST", "SIZE", "AGE", "FOR", "IN USE", "STATE"]
    rows = [_row(entry, previous=entry["name"] in cache.published) for entry in entries]
    width = console.data.width if console.data.is_terminal else console.WIDE
    console.show_table(*tables.fitted(headers, rows, OPTIONAL, width))


def _row(entry: dict[str, Any], *, previous: bool) -> list[str]:
    return [
        entry["name"] + " *" * entry["default"],
        entry["title"],
        entry["reference"],
        entry["digest"].removeprefix("sha256:")[:12],
        size(entry["size"]),
        listing.age(entry["created"]),
        ", ".join(entry["groups"]) or "everybody",
        str(entry["servers"] or ""),
        listing.shown_state(entry, previous=previous),
    ]

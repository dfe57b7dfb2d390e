"""`stackctl images list`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from stackctl import console, image_list
from stackctl.overview import size
from stackctl.stack import Stack

EXAMPLES = """
stackctl images list
stackctl images list --json
"""


def list_images(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show the catalogue's images: what they are, who may use them, who does, and why one cannot be chosen."""
    stack = Stack.load()
    known = stack.known
    found = image_list.collect(stack.engine, stack.catalogue.images, known, stack.engine.servers(stack.name))
    if as_json:
        console.show_json(found)
        return
    headers = ["NAME", "TITLE", "REFERENCE", "DIGEST", "SIZE", "AGE", "FOR", "IN USE", "STATE"]
    console.show_table(headers, [_row(entry, former=entry["name"] in known.told) for entry in found])


def _row(entry: dict[str, Any], *, former: bool) -> list[str]:
    return [
        entry["name"] + " *" * entry["default"],
        entry["title"],
        entry["reference"],
        entry["digest"].removeprefix("sha256:")[:12],
        size(entry["size"]),
        image_list.age(entry["created"]),
        ", ".join(entry["groups"]) or "everybody",
        str(entry["servers"] or ""),
        image_list.shown_state(entry, former=former),
    ]

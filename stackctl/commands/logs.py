"""`stackctl logs`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stackctl.stack import Stack

EXAMPLES = """
stackctl logs             the last 100 lines of every service
stackctl logs hub -f      what the hub prints, as it does
stackctl logs --tail all
"""
ERASE_LINE = b"\x1b[2K"
"""Compose begins its lines with this, also where there is no terminal."""


def logs(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="hub, nginx or proxy; else all.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as new lines come.")] = False,
    tail: Annotated[str, typer.Option("--tail", metavar="LINES", help="How many lines of each, or all.")] = "100",
) -> None:
    """Show what the services print."""
    stack = Stack.load()
    if not (tail.isdigit() or tail == "all"):
        raise typer.BadParameter("must be a number, or all", param_hint="--tail")
    for stream, chunk in stack.compose.logs(stack.choose(service), follow=follow, tail=tail):
        target = sys.stdout if stream == "stdout" else sys.stderr
        target.buffer.write(chunk.replace(ERASE_LINE, b""))
        target.flush()

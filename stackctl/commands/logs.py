"""`stackctl logs`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stackctl.errors import NotRunningError, StackError
from stackctl.stack import Stack

EXAMPLES = """
stackctl logs             the last 100 lines of every service
stackctl logs hub -f      what the hub prints, as it does
stackctl logs --tail all
"""
ERASE_LINE = b"\x1b[2K"
"""Compose begins its lines with this, also where there is no terminal."""


def logs(
    service: Annotated[str | None, typer.Argument(help="One service; all when left out.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as new lines come.")] = False,
    tail: Annotated[str, typer.Option("--tail", metavar="LINES", help="How many lines of each, or all.")] = "100",
) -> None:
    """Show what the services print."""
    stack = Stack.load()
    names = [container.service for container in stack.services]
    if not names:
        raise NotRunningError
    if service is not None and service not in names:
        raise StackError(f"There is no service {service!r}.", f"There are: {', '.join(names)}")
    for stream, chunk in stack.compose.logs([service] if service else [], follow=follow, tail=tail):
        target = sys.stdout if stream == "stdout" else sys.stderr
        target.buffer.write(chunk.replace(ERASE_LINE, b""))
        target.flush()

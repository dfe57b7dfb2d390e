"""`stackctl logs`."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from contract.printable import printable
from stackctl.stack import Stack

EXAMPLES = """
stackctl logs             the last 100 lines of every service
stackctl logs hub -f      follow the hub's log
stackctl logs --tail all
"""
DECORATION = re.compile(r"\x1b\[(2K|[0-9;]*m)")
"""Compose begins its lines with an erasure, even without a terminal; services colour theirs."""


def logs(
    service: Annotated[
        str | None, typer.Argument(metavar="[SERVICE]", help="A service, such as hub, nginx or proxy. Default: all.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines.")] = False,
    tail: Annotated[str, typer.Option("--tail", metavar="LINES", help="Number of lines of each service, or all.")] = "100",
) -> None:
    """Show the logs of the services."""
    stack = Stack.load()
    if not (tail.isdigit() or tail == "all"):
        raise typer.BadParameter("must be a number, or all", param_hint="--tail")
    for stream, chunk in stack.compose.logs(stack.services.names(service), follow=follow, tail=tail):
        target = sys.stdout if stream == "stdout" else sys.stderr
        text = DECORATION.sub("", chunk.decode(errors="replace")).replace("\r\n", "\n")
        target.buffer.write(printable(text).encode())
        target.flush()

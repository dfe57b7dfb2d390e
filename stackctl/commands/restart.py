"""`stackctl restart`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl import console
from stackctl.stack import Stack

EXAMPLES = """
stackctl restart        every service; notebook servers go on running
stackctl restart hub    after a change in hub/conf.d
"""


def restart(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="hub, nginx or proxy; else all.")] = None,
) -> None:
    """Restart services. Notebook servers and their kernels go on running."""
    stack = Stack.load()
    names = stack.choose(service)
    with console.Working(f"restarting {', '.join(names)}"):
        stack.compose.restart(names)
        stack.wait_until_ready()
        if "proxy" in names:
            stack.hub().check_routes()  # a new proxy knows no route, and the hub looks only now and then
    console.done(f"Restarted: {', '.join(names)}. Notebook servers went on running.")

"""`stackctl restart`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl restart        all services; notebook servers keep running
stackctl restart hub    after a change in hub/conf.d
"""


def restart(
    service: Annotated[
        str | None, typer.Argument(metavar="[SERVICE]", help="A service, such as hub, nginx or proxy. Default: all.")
    ] = None,
) -> None:
    """Restart services. Notebook servers and their kernels keep running."""
    stack = Stack.load()
    names = stack.services.names(service)
    with console.Working(f"restarting {', '.join(names)}"):
        stack.compose.restart(names)
        stack.readiness.wait()
        if "proxy" in names:
            stack.hub().check_routes()  # a new proxy has no routes, and the hub checks them only from time to time
    console.done(f"Restarted: {', '.join(names)}. Notebook servers kept running.")

"""`stackctl restart`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl import console
from stackctl.errors import NotRunningError, StackError
from stackctl.stack import Stack

EXAMPLES = """
stackctl restart        every service; notebook servers go on running
stackctl restart hub    after a change in hub/conf.d
"""


def restart(service: Annotated[str | None, typer.Argument(help="One service; all when left out.")] = None) -> None:
    """Restart services. Notebook servers and their kernels go on running."""
    stack = Stack.load()
    names = [container.service for container in stack.services]
    if not names:
        raise NotRunningError
    if service is not None and service not in names:
        raise StackError(f"There is no service {service!r}.", f"There are: {', '.join(names)}")
    with console.talk.status(f"restarting {service or 'all services'}"):
        stack.compose.restart([service] if service else None)
        stack.wait_until_ready()
        if service in (None, "proxy"):
            stack.hub().check_routes()  # a new proxy knows no route; the hub would look only every five minutes
    console.done(f"Restarted: {service or ', '.join(names)}. Notebook servers went on running.")

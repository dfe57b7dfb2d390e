"""The stack that runs, where one does: brought to work with what was just saved."""

from __future__ import annotations

from pathlib import Path

from stackctl import console
from stackctl.errors import NotRunningError
from stackctl.settings import Settings
from stackctl.stack import Stack


def runs(root: Path, settings: Settings) -> bool:
    """Whether the stack's hub is up. Raises CheckFailedError when this user may not use Docker."""
    try:
        services = Stack(root, settings).services()
    except NotRunningError:  # no Docker yet
        return False
    return any(item.service == "hub" and item.state in ("running", "restarting") for item in services)


def renew(root: Path, settings: Settings) -> None:
    """Start what has other settings or secrets now, in most cases the hub alone, and wait until people can sign in.

    Notebook servers go on running. Raises StackError, with the last log lines, when the hub does not come up.
    """
    stack = Stack(root, settings)
    with console.Working("restarting the hub"):
        stack.start()
        stack.wait_until_ready()

"""The command tree. Only the command that is named is imported."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from stackctl import __version__
from stackctl.cli import Group, changing, group, reading

EXAMPLES = """
sudo stackctl up --yes     set up everything on a fresh server and start the stack
stackctl users add alice   let somebody in
stackctl gitlab register   let people in by their GitLab accounts
stackctl status            what runs, and who uses it
"""
COMMANDS = {
    "init": changing("init", "init"),
    "up": changing("up", "up"),
    "down": changing("down", "down"),
    "restart": changing("restart", "restart"),
    "status": reading("status", "status"),
    "doctor": reading("doctor", "doctor"),
    "audit": reading("audit", "audit"),
    "logs": reading("logs", "logs"),
    "build": changing("build", "build"),
    "config": group("config", default="show"),
    "users": group("users"),
    "groups": group("groups"),
    "gitlab": group("gitlab"),
    "images": group("images"),
}


class Stackctl(Group):
    """The whole tree."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(COMMANDS, **attributes)


app = typer.Typer(cls=Stackctl, epilog=EXAMPLES, pretty_exceptions_enable=False)


@app.callback()
def stackctl(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")] = False,  # noqa: ARG001
) -> None:
    """A JupyterHub for a team on one server, in one command. Start with: stackctl up"""
    if version:
        print(f"stackctl {__version__}")
        raise typer.Exit


def run() -> int:
    """Run stackctl on the command line's arguments; the exit code."""
    try:
        app(prog_name="stackctl")
    except SystemExit as end:
        return int(end.code or 0)
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        sys.stderr.close()
    return 0

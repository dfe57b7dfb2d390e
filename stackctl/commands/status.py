"""`stackctl status`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from stackctl.checkout import lock
from stackctl.errors import Exit
from stackctl.stack import Stack
from stackctl.stack import status as status_of
from stackctl.ui import console, times
from stackctl.ui.units import size

EXAMPLES = """
stackctl status
stackctl status --json
"""
CODES = {"running": Exit.DONE, "degraded": Exit.FAILED, "stopped": Exit.NOT_RUNNING}


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show services, health, versions, running servers, memory and disk. Exits 0: running, 1: degraded, 4: stopped."""
    stack = Stack.load()
    overview = status_of.collect(stack)
    if as_json:
        console.show_json(overview)
    else:
        _show(overview)
        _say_next(stack, overview["state"])
    raise typer.Exit(CODES[overview["state"]])


def _say_next(stack: Stack, state: str) -> None:
    """Print which command is changing the stack, or what to type next."""
    holder, runs = lock.last(stack.folder) or (None, False)
    if holder and runs:
        console.say(f"Another command is running: {holder}.")
    elif state == "stopped":
        console.say("Start it: stackctl up")
    elif state == "degraded":
        console.say("To see what is wrong: stackctl doctor")


def _show(overview: dict[str, Any]) -> None:
    style = {"running": "green", "degraded": "yellow", "stopped": "red"}[overview["state"]]
    console.data.print(f"[bold]{overview['name']}[/bold] is [{style}]{overview['state']}[/{style}]  {overview['url']}\n")
    services = [
        [item["name"], item["state"], item["health"], item["image"], size(item["memory"])] for item in overview["services"]
    ]
    console.show_table(["SERVICE", "STATE", "HEALTH", "IMAGE", "MEMORY"], services)
    servers = [
        [item["user"], item["name"], item["image"], item["size"], times.ago(item["started"]), size(item["memory"])]
        for item in overview["servers"]
    ]
    console.data.print()
    if servers:
        console.show_table(["USER", "SERVER", "IMAGE", "SIZE", "STARTED", "MEMORY"], servers)
    else:
        console.data.print("No notebook server is running.")
    _show_totals(overview)


def _show_totals(overview: dict[str, Any]) -> None:
    """Memory and disk of the server, the certificate's end, and the versions."""
    memory, disk = overview["memory"], overview["disk"]
    console.data.print(
        f"\nMemory: {size(memory['free'])} of {size(memory['total'])} free   "
        f"Disk: {size(disk['free'])} of {size(disk['total'])} free"
    )
    if overview["certificate"]:
        console.data.print(f"Certificate: until {overview['certificate']['ends'][:10]}")
        if warning := overview["certificate"]["warning"]:
            console.warn(warning)
    console.show("Versions: " + ", ".join(f"{name} {version}" for name, version in overview["versions"].items()))

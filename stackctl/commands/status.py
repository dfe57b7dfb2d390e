"""`stackctl status`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from stackctl import console, lock, overview
from stackctl.errors import Exit
from stackctl.stack import Stack

EXAMPLES = """
stackctl status
stackctl status --json
"""
CODES = {"running": Exit.DONE, "degraded": Exit.FAILED, "stopped": Exit.NOT_RUNNING}


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show services, health, versions, running servers, memory and disk. Ends with 0 running, 1 degraded, 4 stopped."""
    stack = Stack.load()
    found = overview.collect(stack)
    if as_json:
        console.show_json(found)
    else:
        _show(found)
        _say_next(stack, found["state"])
    raise typer.Exit(CODES[found["state"]])


def _say_next(stack: Stack, state: str) -> None:
    """What is being done to the stack just now, or is to be done."""
    holder, runs = lock.last(stack.folder) or (None, False)
    if holder and runs:
        console.say(f"`{holder.command}` of {holder.user} is changing the stack since {holder.since}.")
    elif state == "stopped":
        console.say("Start it: stackctl up")
    elif state == "degraded":
        console.say("What is wrong: stackctl doctor")


def _show(found: dict[str, Any]) -> None:
    style = {"running": "green", "degraded": "yellow", "stopped": "red"}[found["state"]]
    console.data.print(f"[bold]{found['name']}[/bold] is [{style}]{found['state']}[/{style}]  {found['url']}\n")
    services = [
        [item["name"], item["state"], item["health"], item["image"], overview.size(item["memory"])]
        for item in found["services"]
    ]
    console.show_table(["SERVICE", "STATE", "HEALTH", "IMAGE", "MEMORY"], services)
    servers = [
        [item["user"], item["name"], item["image"], item["size"], item["started"], overview.size(item["memory"])]
        for item in found["servers"]
    ]
    console.data.print()
    if servers:
        console.show_table(["USER", "SERVER", "IMAGE", "SIZE", "SINCE", "MEMORY"], servers)
    else:
        console.data.print("No notebook server is running.")
    memory, disk = found["memory"], found["disk"]
    console.data.print(
        f"\nMemory: {overview.size(memory['free'])} of {overview.size(memory['total'])} free   "
        f"Disk: {overview.size(disk['free'])} of {overview.size(disk['total'])} free"
    )
    if found["certificate"]:
        console.data.print(f"Certificate: until {found['certificate']['ends'][:10]}")
        if warning := found["certificate"]["warning"]:
            console.warn(warning)
    console.data.print("Versions: " + ", ".join(f"{name} {version}" for name, version in found["versions"].items()))

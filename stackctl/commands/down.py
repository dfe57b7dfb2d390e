"""`stackctl down`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contract.names import COMPOSE_PROJECT
from stackctl.doctor.checks.stack import checkout
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack
from stackctl.stack.hub_secrets import HubSecrets
from stackctl.ui import console

EXAMPLES = """
stackctl down                                   stops everything, keeps all data
stackctl down --delete-data --confirm stackhub  deletes all files and accounts too
"""


def _check_owner(stack: Stack) -> None:
    """Raises CheckFailedError if the stack belongs to another checkout that still exists."""
    result = checkout.check(
        stack.name, stack.root, {folder for folder in stack.services.checkouts() if Path(folder).is_dir()}
    )
    if result.level != "ok":
        raise CheckFailedError(result.message, result.fix)


def _named(shared: list[str]) -> str:
    """The shared volumes in words, "" for none."""
    return f", and the shared folders in {', '.join(shared)}" if shared else ""


def down(
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete all files and accounts too.")] = False,
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="NAME", help="The stack's name, to confirm.")] = None,
) -> None:
    """Stop the stack and all notebook servers. Deletes no data, unless --delete-data."""
    stack = Stack.load()
    _check_owner(stack)
    volumes, shared = stack.engine.volumes(stack.name), stack.engine.shared_volumes(stack.name)
    if delete_data:
        files = f"the files of {len(volumes)} user{'s' * (len(volumes) != 1)}{_named(shared)}"
        question = f"This deletes the stack {stack.name}: accounts and {files}."
        console.confirm_name(question, stack.name, confirm)
    servers = stack.engine.servers(stack.name)
    if not servers and not stack.services.all() and not delete_data:
        console.say("Nothing to stop.")
        return
    with console.Working("stopping"):
        if stack.services.all():
            stack.compose.stop(["hub"])  # first, otherwise it takes stopped servers for crashed ones
        stack.engine.remove_containers([server.id for server in servers])
        stack.engine.sweep(stack.name)
        stack.compose.down(volumes=delete_data)
    console.done(f"Stopped, with {len(servers)} notebook server{'s' * (len(servers) > 1)}." if servers else "Stopped.")
    if not delete_data:
        console.say("  All files and accounts are kept. Start again: stackctl up")
        return
    # Compose silently leaves volumes that a container uses
    stack.engine.remove_volumes([*stack.engine.service_volumes(stack.name), *volumes, *shared])
    stack.admin_password.unlink(missing_ok=True)
    console.done(f"Deleted all accounts and files{_named(shared)}.")
    _say_what_is_kept(stack)


def _say_what_is_kept(stack: Stack) -> None:
    """Print what --delete-data does not delete."""
    if folders := [str(item.path) for item in stack.settings.shared if item.path]:
        console.say(f"  Folders of this server are kept: {', '.join(folders)}")
    filters = f"--filter label={COMPOSE_PROJECT}={stack.name}"
    console.say(f"  Images are kept. To remove those that were built here, run: docker image prune --all {filters}")
    if (kept := HubSecrets(stack.root, stack.settings).folder).is_dir():
        console.say(
            f"  Also kept: .env and {kept.relative_to(stack.root)}. To revoke an application: stackctl gitlab revoke"
        )

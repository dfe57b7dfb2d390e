"""`stackctl down`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stackctl import console, topics
from stackctl.checks import checkout
from stackctl.errors import CheckFailedError
from stackctl.hub_secrets import HubSecrets
from stackctl.stack import Stack

EXAMPLES = """
stackctl down                                   stop everything; all data is kept
stackctl down --delete-data --confirm stackhub  delete everybody's files and accounts too
"""


def _be_ours(stack: Stack) -> None:
    """Raises CheckFailedError for a stack of another checkout, unless that is gone: then nobody else can end it."""
    found = checkout.check(stack.name, stack.root, {folder for folder in topics.folders(stack) if Path(folder).is_dir()})
    if found.level != "ok":
        raise CheckFailedError(found.message, found.fix)


def _named(shared: list[str]) -> str:
    """The volumes that everybody has, for a person; "" for none."""
    return f", and what all have in {', '.join(shared)}" if shared else ""


def down(
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete all files and accounts too.")] = False,
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="NAME", help="The stack's name, to say yes.")] = None,
) -> None:
    """Stop the stack and everybody's notebook servers. No data is deleted, unless --delete-data."""
    stack = Stack.load()
    _be_ours(stack)
    volumes, shared = stack.engine.volumes(stack.name), stack.engine.shared_volumes(stack.name)
    if delete_data:
        files = f"the files of {len(volumes)} users{_named(shared)}"
        question = f"This deletes the stack {stack.name}: accounts and {files}."
        console.confirm_name(question, stack.name, confirm)
    servers = stack.engine.servers(stack.name)
    if not servers and not stack.services() and not delete_data:
        console.say("Nothing to stop.")
        return
    with console.Working("stopping"):
        if stack.services():
            stack.compose.stop(["hub"])  # first, or it would take ended servers for crashed ones
        stack.engine.remove_containers([server.id for server in servers])
        stack.engine.sweep(stack.name)
        stack.compose.down(volumes=delete_data)
    console.done(f"Stopped, with {len(servers)} notebook server{'s' * (len(servers) > 1)}." if servers else "Stopped.")
    if not delete_data:
        console.say("  All files and accounts are kept. Start again: stackctl up")
        return
    # Compose leaves its own without a word where a container has them
    stack.engine.remove_volumes([*stack.engine.service_volumes(stack.name), *volumes, *shared])
    stack.admin_password.unlink(missing_ok=True)
    console.done(f"Accounts and files are deleted{_named(shared)}.")
    if folders := [str(item.folder) for item in stack.settings.shared if item.folder]:
        console.say(f"  Kept, as folders of this server: {', '.join(folders)}")
    filters = f"--filter label=com.docker.compose.project={stack.name}"
    console.say(f"  Images are kept. To remove those that were built here: docker image prune --all {filters}")
    if (kept := HubSecrets(stack.root, stack.settings).folder).is_dir():
        console.say(
            f"  Kept, as .env is: {kept.relative_to(stack.root)}. To end an application at GitLab: stackctl gitlab revoke"
        )

"""Who is in which group: list, add, remove."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from stackctl.cli import changing, reading
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack, accounts
from stackctl.ui import console

LIST_EXAMPLES = """
stackctl groups list
stackctl groups list --json
"""
ADD_EXAMPLES = """
stackctl groups add physics alice bob    gives them what singleuser/ has for physics
"""
REMOVE_EXAMPLES = """
stackctl groups remove physics alice
stackctl groups remove physics           removes the group; accounts and files are not affected
"""
EXAMPLES = ADD_EXAMPLES
COMMANDS = {
    "list": reading("groups", "list_groups"),
    "add": changing("groups", "add"),
    "remove": changing("groups", "remove"),
}

Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name.")]


def list_groups(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List groups and their members."""
    groups = Stack.load().hub().groups()
    if as_json:
        console.show_json([{"name": name, "users": users} for name, users in groups.items()])
    elif groups:
        console.show_table(["GROUP", "USERS"], [[name, ", ".join(users)] for name, users in groups.items()])
    else:
        console.say("There are no groups. Create one: stackctl groups add GROUP NAME…")


def add(group: Group, names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Users to add.")]) -> None:
    """Add users to a group, which is created if necessary."""
    stack = _load()
    if not re.fullmatch(r"[\w][\w./-]*", group):
        raise CheckFailedError(f"{group!r} is not a valid group name.", "Use letters, digits and . _ / -, such as data/lab")
    # access rules ignore case, so groups must not differ in case alone
    group = next((known for known in stack.hub().groups() if known.lower() == group.lower()), group)
    members = [str(accounts.find(stack, name)["name"]) for name in names]
    stack.hub().add_to_group(group, members)
    console.done(f"In {group}: {', '.join(stack.hub().groups()[group])}. Takes effect at their next server start.")


def remove(
    group: Group,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Users to remove; without any, the group is removed.")
    ] = None,
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="GROUP", help="The group's name, to confirm.")] = None,
) -> None:
    """Remove users from a group, or the whole group. Running servers are not affected."""
    stack = _load()
    hub = stack.hub()
    if group not in hub.groups():
        raise CheckFailedError(f"There is no group {group!r}.", f"Groups: {', '.join(hub.groups()) or 'none'}")
    if names is None:
        console.confirm_name(f"This removes the group {group}.", group, confirm)
        hub.remove_group(group)
        console.done(f"Removed the group {group}.")
        return
    hub.remove_from_group(group, [str(accounts.find(stack, name)["name"]) for name in names])
    console.done(f"In {group}: {', '.join(hub.groups()[group]) or 'nobody'}.")


def _load() -> Stack:
    """The stack. Raises CheckFailedError if it does not manage groups itself."""
    stack = Stack.load()
    if stack.settings.stack_auth == "gitlab":
        raise CheckFailedError("Groups come from GitLab.", "Add people to groups in GitLab.")
    if stack.settings.stack_auth == "pam":
        raise CheckFailedError("Groups come from this server.", "Run: sudo adduser NAME GROUP")
    return stack

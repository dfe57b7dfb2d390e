"""`stackctl groups …`: who is in which group, where groups are the hub's own."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from stackctl import accounts, console
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack

LIST_EXAMPLES = """
stackctl groups list
stackctl groups list --json
"""
ADD_EXAMPLES = """
stackctl groups add physics alice bob    what is for physics in singleuser/ is for them from now on
"""
REMOVE_EXAMPLES = """
stackctl groups remove physics alice
stackctl groups remove physics           the name is asked for: the whole group; nobody's account or files are touched
"""

Group = Annotated[str, typer.Argument(metavar="GROUP", help="The group's name.")]


def list_groups(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the groups and who is in them."""
    groups = Stack.load().hub().groups()
    if as_json:
        console.show_json([{"name": name, "users": users} for name, users in groups.items()])
    elif groups:
        console.show_table(["GROUP", "USERS"], [[name, ", ".join(users)] for name, users in groups.items()])
    else:
        console.say("There are no groups. Make one: stackctl groups add GROUP NAME…")


def add(group: Group, names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Who joins it.")]) -> None:
    """Put people into a group, which is made where it is not there."""
    stack = _load()
    if not re.fullmatch(r"[\w][\w./-]*", group):
        raise CheckFailedError(f"{group!r} cannot be a group's name.", "Letters, digits, . _ / and -, such as data/lab")
    # who may use what does not ask for upper and lower case: two groups that differ in nothing else would be one there
    group = next((known for known in stack.hub().groups() if known.lower() == group.lower()), group)
    found = [str(accounts.find(stack, name)["name"]) for name in names]
    stack.hub().add_to_group(group, found)
    console.done(f"In {group}: {', '.join(stack.hub().groups()[group])}. It holds from their next start on.")


def remove(
    group: Group,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Who leaves it; else it is removed.")
    ] = None,
    confirm: Annotated[str | None, typer.Option("--confirm", help="The group's name again, to remove it.")] = None,
) -> None:
    """Take people out of a group, or remove it. Servers that run go on."""
    stack = _load()
    hub = stack.hub()
    if group not in hub.groups():
        raise CheckFailedError(f"There is no group {group!r}.", f"There are: {', '.join(hub.groups()) or 'none'}")
    if names is None:
        console.confirm_name(f"Everybody leaves {group}.", group, confirm)
        hub.remove_group(group)
        console.done(f"The group {group} is removed.")
        return
    hub.remove_from_group(group, [str(accounts.find(stack, name)["name"]) for name in names])
    console.done(f"In {group}: {', '.join(hub.groups()[group]) or 'nobody'}.")


def _load() -> Stack:
    """The stack. Raises CheckFailedError when groups come from elsewhere."""
    stack = Stack.load()
    if stack.settings.stack_auth == "gitlab":
        raise CheckFailedError("Groups are GitLab's: the hub has them from there.", "Put people into groups in GitLab.")
    if stack.settings.stack_auth == "pam":
        raise CheckFailedError("Groups are this server's: the hub has them from there.", "sudo adduser NAME GROUP")
    return stack

"""Who can sign in: list, remove; and with STACK_AUTH=local add, passwd."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from contract.names import USER
from stackctl.cli import changing, reading
from stackctl.errors import StackError
from stackctl.stack import Stack, accounts
from stackctl.ui import console, times

LIST_EXAMPLES = """
stackctl users list
stackctl users list --json
"""
ADD_EXAMPLES = """
stackctl users add alice                          creates a password and shows it once
stackctl users add alice --admin
stackctl users add alice --password-stdin < file
"""
REMOVE_EXAMPLES = """
stackctl users remove alice                                  keeps the files
stackctl users remove alice --delete-files --confirm alice   deletes the files too
"""
PASSWD_EXAMPLES = """
stackctl users passwd alice                          creates a password and shows it once
stackctl users passwd alice --password-stdin < file
"""
EXAMPLES = ADD_EXAMPLES
COMMANDS = {
    "list": reading("users", "list_users"),
    "add": changing("users", "add"),
    "remove": changing("users", "remove"),
    "passwd": changing("users", "passwd"),
}

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def list_users(as_json: Json = False) -> None:
    """List users with their rights, last activity and running servers."""
    rows = [_row(user) for user in Stack.load().hub().users()]
    if as_json:
        console.show_json(rows)
    else:
        columns = {"NAME": "name", "ADMIN": "admin", "LAST ACTIVITY": "last_activity", "SERVER": "server"}
        if any(row["username"] for row in rows):
            columns |= {"SIGNS IN AS": "username", "FULL NAME": "full_name"}
        texts = [row | {"admin": "yes" * row["admin"], "last_activity": _last(row["last_activity"])} for row in rows]
        console.show_table(list(columns), [[text[key] for key in columns.values()] for text in texts])


def _last(activity: str | None) -> str:
    return times.ago(activity) if activity else "never"


def _row(user: dict[str, Any]) -> dict[str, Any]:
    servers = user.get("servers", {}).values()
    state = "running" if any(server["ready"] for server in servers) else "starting" if servers else ""
    info = user.get("user_info") or {}
    identity = {"username": info.get("username") or "", "full_name": info.get("name") or ""}
    account = {"name": user["name"], "admin": user["admin"], "last_activity": user["last_activity"], "server": state}
    return account | identity


def add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="Make the user an administrator.")] = False,
    password_stdin: Stdin = False,
) -> None:
    """Create an account."""
    stack = Stack.load()
    accounts.must_be_local(stack)
    if any(user["name"] == accounts.as_written(name) for user in stack.hub().users()):
        raise StackError(f"The user {name!r} already exists.", f"To set a new password: stackctl users passwd {name}")
    name, password = accounts.set_password(stack, name, _password(password_stdin), admin=admin)
    console.done(f"{name} can sign in at {stack.url}")
    if stack.engine.volumes(stack.name, name):
        console.warn(f"Files of a deleted user {name} exist. The new user now has them.")
    _show(password, password_stdin)


def passwd(name: Name, password_stdin: Stdin = False) -> None:
    """Set a new password for an account and unlock it."""
    stack = Stack.load()
    accounts.must_be_local(stack)
    name = str(accounts.find(stack, name)["name"])
    _, password = accounts.set_password(stack, name, _password(password_stdin))
    console.done(f"{name} has a new password.")
    _show(password, password_stdin)
    accounts.forget_first_password(stack, name)


def remove(
    name: Name,
    delete_files: Annotated[bool, typer.Option("--delete-files", help="Delete the user's files too.")] = False,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="NAME", help="The user's name, to confirm --delete-files.")
    ] = None,
) -> None:
    """Stop a user's server and remove the account. Keeps the files, unless --delete-files."""
    stack = Stack.load()
    user = accounts.find(stack, name)
    name = str(user["name"])
    accounts.check_not_last_admin(stack, name)
    volumes = stack.engine.volumes(stack.name, accounts.owner(user))
    if delete_files:
        console.confirm_name(f"This deletes all files of {name} ({', '.join(volumes) or 'none'}).", name, confirm)
    stack.hub().remove_user(name)
    if stack.settings.stack_auth == "local":
        console.done(f"{name} can no longer sign in.")
    else:
        console.done(f"{name} is removed and signed out.")
        _say_who_decides(stack)
    accounts.forget_first_password(stack, name)
    if delete_files:
        servers = [item.id for item in stack.engine.servers(stack.name) if item.labels.get(USER) == name]
        stack.engine.remove_containers(servers)
        stack.engine.remove_volumes(volumes)
        console.done(f"Deleted the files of {name}.")
    elif volumes:
        console.say(f"  The files are kept in the volume {', '.join(volumes)}.")


def _say_who_decides(stack: Stack) -> None:
    """Warn that users of another account system can come back."""
    way = stack.settings.stack_auth
    place, fix = {
        "gitlab": ("GitLab", "in GitLab, or with GITLAB_ALLOWED_GROUPS and GITLAB_ALLOWED_USERS"),
        "pam": ("this server", f"with: sudo deluser NAME {stack.settings.stack_pam_group}"),
    }.get(way, (way, "there"))
    console.warn(f"Users that {place} allows can sign in again. To block a user, do it {fix}.")


def _password(from_stdin: bool) -> SecretStr | None:
    if not from_stdin:
        return None
    if password := sys.stdin.readline().rstrip("\r\n"):
        return SecretStr(password)
    hint = "Example: stackctl users passwd NAME --password-stdin < file"
    raise StackError("No password on standard input.", hint)


def _show(password: SecretStr, from_stdin: bool) -> None:
    if not from_stdin:
        console.say("  The password, which is not shown again:")
        print(password.get_secret_value())

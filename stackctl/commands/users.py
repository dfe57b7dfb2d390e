"""`stackctl users …`: the hub's users, and the accounts of STACK_AUTH=local."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from stackctl import accounts, console
from stackctl.errors import StackError
from stackctl.stack import Stack

LIST_EXAMPLES = """
stackctl users list
stackctl users list --json
"""
ADD_EXAMPLES = """
stackctl users add alice                          a password is made, and shown once
stackctl users add alice --admin
stackctl users add alice --password-stdin < file
"""
REMOVE_EXAMPLES = """
stackctl users remove alice                                  the files are kept
stackctl users remove alice --delete-files --confirm alice   the files too
"""
PASSWD_EXAMPLES = """
stackctl users passwd alice                          a password is made, and shown once
stackctl users passwd alice --password-stdin < file
"""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def list_users(as_json: Json = False) -> None:
    """List the users: who is an administrator, who was here when, whose server runs, and who they are at GitLab."""
    rows = [_row(user) for user in Stack.load().hub().users()]
    if as_json:
        console.show_json(rows)
    else:
        columns = {"NAME": "name", "ADMIN": "admin", "LAST ACTIVE": "last_activity", "SERVER": "server"}
        if any(row["username"] for row in rows):
            columns |= {"SIGNS IN AS": "username", "FULL NAME": "full_name"}
        texts = [
            row | {"admin": "yes" * row["admin"], "last_activity": (row["last_activity"] or "never")[:16]} for row in rows
        ]
        console.show_table(list(columns), [[text[key] for key in columns.values()] for text in texts])


def _minute(stamp: str | None) -> str:
    """The hub's time stamp up to the minute, in UTC."""
    return f"{stamp[:16].replace('T', ' ')}Z" if stamp else "never"


def _row(user: dict[str, Any]) -> dict[str, Any]:
    servers = user.get("servers", {}).values()
    state = "running" if any(server["ready"] for server in servers) else "starting" if servers else ""
    info = user.get("user_info") or {}
    known = {"username": info.get("username") or "", "full_name": info.get("name") or ""}
    here = {"name": user["name"], "admin": user["admin"], "last_activity": user["last_activity"], "server": state}
    return here | known


def add(
    name: Name,
    admin: Annotated[bool, typer.Option("--admin", help="Make an administrator.")] = False,
    password_stdin: Stdin = False,
) -> None:
    """Make an account."""
    stack = Stack.load()
    accounts.must_be_local(stack)
    if any(user["name"] == accounts.as_written(name) for user in stack.hub().users()):
        raise StackError(f"The user {name!r} is there already.", f"A new password: stackctl users passwd {name}")
    name, password = accounts.set_password(stack, name, _password(password_stdin), admin=admin)
    console.done(f"{name} can sign in at {stack.url}")
    if stack.engine.volumes(stack.name, name):
        console.warn(f"There are files of a former {name}: the new one has them now.")
    _show(password, password_stdin)


def passwd(name: Name, password_stdin: Stdin = False) -> None:
    """Give an account a new password, and unlock it."""
    stack = Stack.load()
    accounts.must_be_local(stack)
    found = str(accounts.find(stack, name)["name"])
    _, password = accounts.set_password(stack, found, _password(password_stdin))
    console.done(f"{found} has a new password.")
    _show(password, password_stdin)
    accounts.forget_first_password(stack, found)


def remove(
    name: Name,
    delete_files: Annotated[bool, typer.Option("--delete-files", help="Delete the user's files too.")] = False,
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="NAME", help="Say yes to --delete-files.")] = None,
) -> None:
    """Stop a user's server and remove the account. The files are kept, unless --delete-files."""
    stack = Stack.load()
    user = accounts.find(stack, name)
    found = str(user["name"])
    accounts.check_not_last_admin(stack, found)
    volumes = stack.engine.volumes(stack.name, accounts.owner(user))
    if delete_files:
        console.confirm_name(f"This deletes all files of {found} ({', '.join(volumes) or 'none'}).", found, confirm)
    stack.hub().remove_user(found)
    if stack.settings.stack_auth == "local":
        console.done(f"{found} cannot sign in any more.")
    else:
        console.done(f"{found} is removed, and signed out.")
        _say_who_decides(stack)
    accounts.forget_first_password(stack, found)
    if delete_files:
        left = [item.id for item in stack.engine.servers(stack.name) if item.labels.get("stackhub.user") == found]
        stack.engine.remove_containers(left)
        stack.engine.remove_volumes(volumes)
        console.done(f"The files of {found} are deleted.")
    elif volumes:
        console.say(f"  The files are kept in the volume {', '.join(volumes)}.")


def _say_who_decides(stack: Stack) -> None:
    """Whom another place lets in can come back."""
    way = stack.settings.stack_auth
    place, fix = {
        "gitlab": ("GitLab", "in GitLab, or with GITLAB_ALLOWED_GROUPS and GITLAB_ALLOWED_USERS"),
        "pam": ("this server", f"with: sudo deluser NAME {stack.settings.stack_pam_group}"),
    }.get(way, (way, "there"))
    console.warn(f"Whom {place} lets in can sign in again; to keep somebody out, do that {fix}.")


def _password(from_stdin: bool) -> SecretStr | None:
    if not from_stdin:
        return None
    if password := sys.stdin.readline().rstrip("\r\n"):
        return SecretStr(password)
    hint = "For example: stackctl users passwd NAME --password-stdin < file"
    raise StackError("There was no password on standard input.", hint)


def _show(password: SecretStr, from_stdin: bool) -> None:
    if not from_stdin:
        console.say("  The password, shown this once:")
        print(password.get_secret_value())

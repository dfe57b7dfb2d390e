"""The hub's users, and the accounts of STACK_AUTH=local."""

from __future__ import annotations

import os
import unicodedata
from typing import Any

from pydantic import SecretStr

from stackctl.checkout import secrets
from stackctl.errors import CheckFailedError, StackError
from stackctl.stack.stack import Stack
from stackctl.ui import console

ADMIN = "admin"


def ensure_admin(stack: Stack) -> None:
    """Create the first administrator, when nobody has an account yet.

    The password is saved before the account is created, so that it cannot get lost in between.
    """
    hub = stack.hub()
    if hub.users():
        return
    password = secrets.new_password()
    secrets.save(stack.admin_password, password)
    hub.set_account(ADMIN, password.get_secret_value(), admin=True)
    console.done(f"Administrator {ADMIN} created; the password is in {stack.admin_password.relative_to(stack.root)}")


def must_be_local(stack: Stack) -> None:
    """Raises CheckFailedError when accounts come from elsewhere."""
    way = stack.settings.stack_auth
    if way == "gitlab":
        hint = "Let people in with GITLAB_ALLOWED_GROUPS or GITLAB_ALLOWED_USERS in .env, then: stackctl up"
        raise CheckFailedError(f"Accounts and passwords come from GitLab ({stack.settings.gitlab_url}).", hint)
    if way == "pam":
        hint = f"sudo adduser NAME; sudo adduser NAME {stack.settings.stack_pam_group}; sudo passwd NAME. See docs/pam.md."
        raise CheckFailedError("Accounts and passwords are those of this server (STACK_AUTH=pam).", hint)
    if way != "local":
        raise CheckFailedError(f"Accounts and passwords come from elsewhere: STACK_AUTH is {way}.", "See docs/sign-in.md.")


def set_password(stack: Stack, name: str, password: SecretStr | None, *, admin: bool | None = None) -> tuple[str, SecretStr]:
    """Create an account or change its password. Returns the name as the hub normalizes it, and the password.

    Raises StackError with the rule when the hub rejects the name or the password.
    """
    chosen = password or secrets.new_password()
    account = stack.hub().set_account(name, chosen.get_secret_value(), admin)
    return str(account["name"]), chosen


def as_written(name: str) -> str:
    """A name as the hub normalizes it: hub/stackhub/auth/local.py, normalize_username."""
    return unicodedata.normalize("NFKC", name).lower()


def owner(user: dict[str, Any]) -> str:
    """The owner of a user's files, which is part of the volume's name: hub/stackhub/spawn/spawner.py, owner."""
    return str((user.get("user_info") or {}).get("owner") or user["name"])


def find(stack: Stack, name: str) -> dict[str, Any]:
    """The hub's record of a user. Raises StackError, with the existing names, when there is none."""
    users = stack.hub().users()
    for user in users:
        if user["name"] == as_written(name):
            return user
    names = ", ".join(str(user["name"]) for user in users[:10])
    raise StackError(f"There is no user {name!r}.", f"There are: {names}{', …' if len(users) > 10 else ''}")


def check_not_last_admin(stack: Stack, name: str) -> None:
    """Raises StackError when `name` is the only administrator, and no other sign-in could add one."""
    if stack.settings.stack_auth == "local" and [user["name"] for user in stack.hub().users() if user["admin"]] == [name]:
        raise StackError(f"{name} is the only administrator.", "Create another one first: stackctl users add NAME --admin")


def forget_first_password(stack: Stack, name: str) -> None:
    """Remove the file with the first administrator's password after that has changed."""
    if name == ADMIN and os.path.exists(stack.admin_password):
        stack.admin_password.unlink()
        console.say(f"  Removed the file with the first password: {stack.admin_password.relative_to(stack.root)}")

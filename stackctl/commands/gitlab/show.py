"""`stackctl gitlab show`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from stackctl import application, console
from stackctl.commands.gitlab.options import Json
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack

EXAMPLES = """
stackctl gitlab show
stackctl gitlab show --json
stackctl gitlab show --reveal    the secret too
"""


def show(
    as_json: Json = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the secret too.")] = False,
) -> None:
    """Show the application: its id, callback, scopes and the age of its secret."""
    stack = Stack.load()
    stored = application.load(stack.root, stack.settings)
    if stored is None:
        raise CheckFailedError("This stack is not registered at GitLab.", "stackctl gitlab register")
    age = (datetime.now(timezone.utc) - stored.renewed).days
    secret = {"client_secret": stored.client_secret.get_secret_value()} if reveal else {}
    if as_json:
        console.show_json({**stored.shown(), "secret_age_days": age, **secret})
        return
    rows = {
        "GitLab": stored.url,
        "Name": stored.name,
        "Made": {"instance": "for all of this GitLab", "user": "in a user's name", "manual": "by hand"}[stored.kind],
        "Application ID": stored.client_id,
        "Callback": stored.callback,
        "Scopes": " ".join(stored.scopes),
        "Secret": secret.get("client_secret", "(see --reveal)") + f"  made {stored.renewed:%Y-%m-%d}, {age} days ago",
    }
    for name, value in rows.items():
        print(f"{name:<16}{value}")

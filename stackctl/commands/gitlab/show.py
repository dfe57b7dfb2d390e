"""`stackctl gitlab show`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

import typer

from stackctl.commands.gitlab.options import Json
from stackctl.errors import CheckFailedError
from stackctl.gitlab import application
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl gitlab show
stackctl gitlab show --json
stackctl gitlab show --reveal    with the secret
"""


def show(
    as_json: Json = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the secret too.")] = False,
) -> None:
    """Show the application: its id, callback, scopes and the age of its secret."""
    stack = Stack.load()
    stored = application.load(stack.root, stack.settings)
    if stored is None:
        raise CheckFailedError("This stack is not registered at GitLab.", "Run: stackctl gitlab register")
    age = (datetime.now(timezone.utc) - stored.renewed).days
    secret = {"client_secret": stored.client_secret.get_secret_value()} if reveal else {}
    if as_json:
        console.show_json({**stored.shown(), "secret_age_days": age, **secret})
        return
    rows = {
        "GitLab": stored.url,
        "Name": stored.name,
        "Owner": {"instance": "all of this GitLab", "user": "a user", "manual": "created by hand"}[stored.kind],
        "Application ID": stored.client_id,
        "Callback": stored.callback,
        "Scopes": " ".join(stored.scopes),
        "Secret": secret.get("client_secret", "(see --reveal)"),
        "Secret created": f"{stored.renewed:%Y-%m-%d}, {age} days ago",
    }
    for name, value in rows.items():
        console.data.print(f"{name:<16}{value}", markup=False)

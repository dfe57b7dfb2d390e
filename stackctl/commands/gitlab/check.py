"""`stackctl gitlab check`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from stackctl import console
from stackctl.checks import gitlab as checks
from stackctl.commands.gitlab.options import Json, TokenFile, TokenStdin
from stackctl.errors import Exit
from stackctl.gitlab_token import TokenSource
from stackctl.stack import Stack

EXAMPLES = """
stackctl gitlab check
stackctl gitlab check --token-file ~/gitlab-token    groups and the application at GitLab too
stackctl gitlab check --json
"""


def check(as_json: Json = False, token_file: TokenFile = None, token_stdin: TokenStdin = False) -> None:
    """Check that people can sign in through GitLab, each finding with its fix. Ends with 3 when they cannot."""
    stack = Stack.load()
    token = TokenSource(stack.root, stack.settings, token_file, token_stdin).find()
    found = list(checks.check(stack.root, stack.settings, token))
    if as_json:
        console.show_json([asdict(item) for item in found])
    else:
        console.show_checks(found)
    if any(item.level == "fail" for item in found):
        raise typer.Exit(Exit.CHECK_FAILED)

"""`stackctl gitlab check`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from stackctl.commands.gitlab.options import Json, TokenFile, TokenStdin
from stackctl.doctor.checks.stack import gitlab as checks
from stackctl.errors import Exit
from stackctl.gitlab.token import TokenSource
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl gitlab check
stackctl gitlab check --token-file ~/gitlab-token    also the groups and the application at GitLab
stackctl gitlab check --json
"""


def check(as_json: Json = False, token_file: TokenFile = None, token_stdin: TokenStdin = False) -> None:
    """Check that people can sign in with GitLab, and suggest fixes. Exits 3 on failure."""
    stack = Stack.load()
    token = TokenSource(stack.root, stack.settings, token_file, token_stdin).find()
    findings = list(checks.check(stack.root, stack.settings, token))
    if as_json:
        console.show_json([asdict(finding) for finding in findings])
    else:
        console.show_checks(findings)
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(Exit.CHECK_FAILED)

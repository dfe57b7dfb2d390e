"""`stackctl gitlab revoke`."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from stackctl.commands.gitlab.options import TokenFile, TokenStdin
from stackctl.errors import StackError, before_any_change
from stackctl.gitlab import GitLab, Kind, application, oauth
from stackctl.gitlab.application import Application
from stackctl.gitlab.registration import page
from stackctl.gitlab.token import TokenSource
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl gitlab revoke
stackctl gitlab revoke --confirm stackhub --token-file ~/gitlab-token
"""


def revoke(
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="NAME", help="The stack's name, to confirm.")] = None,
    token_file: TokenFile = None,
    token_stdin: TokenStdin = False,
) -> None:
    """Delete the application at GitLab and here. Nobody can sign in afterwards."""
    stack = Stack.load()
    source = TokenSource(stack.root, stack.settings, token_file, token_stdin)
    stored = application.load(stack.root, stack.settings)
    if stored is None:
        source.saved.unlink(missing_ok=True)
        console.say("Nothing to revoke: this stack is not registered at GitLab.")
        return
    runs = stack.hub_runs()
    question = f"This deletes the application {stored.name!r} at {stored.url}. Nobody can sign in afterwards."
    console.confirm_name(question, stack.name, confirm)
    if stored.kind == "manual":
        console.say(f"  It was created by hand: delete it on {page(stack.settings, stored.kind)}")
    else:
        _delete(stack, source, stored)
    application.forget(stack.root, stack.settings)
    source.saved.unlink(missing_ok=True)
    if runs:
        stack.apply_settings()
    console.done("Deleted the application's id and secret here. Files are kept, running notebooks are not affected.")
    _say_next(stack)


def _delete(stack: Stack, source: TokenSource, stored: Application) -> None:
    """Delete it at GitLab. Raises StackError, with nothing changed, when GitLab rejects that or does not answer."""
    settings = stack.settings.model_copy(update={"gitlab_url": stored.url})  # where it was created
    gitlab = GitLab(settings, source.need())
    kind = next(item for item in get_args(Kind) if item == stored.kind)
    with before_any_change():
        gitlab.ping()
        remote = next((item for item in gitlab.applications(kind) if item.client_id == stored.client_id), None)
        if remote is None and stored.kind == "user":
            _check_gone(gitlab, stored)
    if remote and gitlab.delete(kind, remote.id):
        console.done(f"Deleted the application {stored.name!r} at GitLab.")
    else:
        console.say("  The application was already gone from GitLab.")


def _check_gone(gitlab: GitLab, stored: Application) -> None:
    """Raises StackError if the application, which this token does not see, still exists."""
    verdict = oauth.verify(gitlab.session, stored.client_id, stored.client_secret, stored.scopes)
    if verdict is not oauth.Verification.WRONG_SECRET:
        raise StackError("The application is at GitLab, but this token cannot delete it.", "Use the token that created it.")


def _say_next(stack: Stack) -> None:
    if stack.settings.stack_auth != "gitlab":
        return
    # switching back to local here would reopen old accounts, also of people who have left
    console.warn("Nobody can sign in now: STACK_AUTH is still gitlab.")
    console.say("  To use GitLab again: stackctl gitlab register")
    console.say("  To use local accounts: stackctl config set STACK_AUTH=local, then: stackctl up")

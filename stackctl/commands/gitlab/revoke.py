"""`stackctl gitlab revoke`."""

from __future__ import annotations

from typing import Annotated, get_args

import typer

from stackctl import application, console, gitlab_oauth
from stackctl.application import Application
from stackctl.commands.gitlab.options import TokenFile, TokenStdin
from stackctl.errors import StackError, before_any_change
from stackctl.gitlab import GitLab, Kind
from stackctl.gitlab_token import TokenSource
from stackctl.registration import page
from stackctl.stack import Stack

EXAMPLES = """
stackctl gitlab revoke
stackctl gitlab revoke --confirm stackhub --token-file ~/gitlab-token
"""


def revoke(
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="NAME", help="The stack's name, to say yes.")] = None,
    token_file: TokenFile = None,
    token_stdin: TokenStdin = False,
) -> None:
    """Delete the application at GitLab, and what is kept of it here. Then nobody can sign in."""
    stack = Stack.load()
    source = TokenSource(stack.root, stack.settings, token_file, token_stdin)
    stored = application.load(stack.root, stack.settings)
    if stored is None:
        source.saved.unlink(missing_ok=True)
        console.say("Nothing to revoke: this stack is not registered at GitLab.")
        return
    runs = stack.hub_runs()
    question = f"This deletes the application {stored.name!r} at {stored.url}: nobody can sign in any more."
    console.confirm_name(question, stack.name, confirm)
    if stored.kind == "manual":
        console.say(f"  It was made by hand: delete it on {page(stack.settings, stored.kind)}")
    else:
        _delete(stack, source, stored)
    application.forget(stack.root, stack.settings)
    source.saved.unlink(missing_ok=True)
    if runs:
        stack.bring_up_hub()
    console.done("The application's id and secret are deleted here. Files are kept, and notebooks that run go on.")
    _say_how_to_go_on(stack)


def _delete(stack: Stack, source: TokenSource, stored: Application) -> None:
    """Delete it at GitLab. Raises StackError, and nothing is changed, when GitLab refuses or does not answer."""
    settings = stack.settings.model_copy(update={"gitlab_url": stored.url})  # where it was made
    gitlab = GitLab(settings, source.need())
    kind = next(item for item in get_args(Kind) if item == stored.kind)
    with before_any_change():
        gitlab.greet()
        found = next((item for item in gitlab.applications(kind) if item.client_id == stored.client_id), None)
        if found is None and stored.kind == "user":
            _must_be_gone(gitlab, stored)
    if found and gitlab.delete(kind, found.id):
        console.done(f"The application {stored.name!r} is deleted at GitLab.")
    else:
        console.say("  The application was not at GitLab any more.")


def _must_be_gone(gitlab: GitLab, stored: Application) -> None:
    """Not among this token's applications: gone, or somebody else's?"""
    proof = gitlab_oauth.prove(gitlab.session, stored.client_id, stored.client_secret, stored.scopes)
    if proof is not gitlab_oauth.Proof.WRONG_SECRET:
        raise StackError("The application is at GitLab, and not this token's to delete.", "Use the token that made it.")


def _say_how_to_go_on(stack: Stack) -> None:
    if stack.settings.stack_auth != "gitlab":
        return
    # back to local by itself, and accounts from before, of people who have left too, would open again
    console.warn("Nobody can sign in now: STACK_AUTH stays gitlab.")
    console.say("  GitLab again: stackctl gitlab register")
    console.say("  This server's own accounts: set STACK_AUTH=local in .env, then: stackctl up")

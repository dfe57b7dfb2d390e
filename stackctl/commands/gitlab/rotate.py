"""`stackctl gitlab rotate`."""

from __future__ import annotations

from stackctl import application, console
from stackctl.application import Application
from stackctl.commands.gitlab import by_hand
from stackctl.commands.gitlab.options import DryRun, TokenFile, TokenStdin
from stackctl.errors import CheckFailedError, StackError, before_any_change
from stackctl.gitlab import GitLab, Registered
from stackctl.gitlab_oauth import Proof
from stackctl.gitlab_token import TokenSource
from stackctl.registration import SIGN_IN_AGAIN, Plan, Registration
from stackctl.stack import Stack

EXAMPLES = """
stackctl gitlab rotate
stackctl gitlab rotate --token-file ~/gitlab-token
stackctl gitlab rotate --dry-run
"""
AGAIN = "stackctl gitlab rotate"


def rotate(token_file: TokenFile = None, token_stdin: TokenStdin = False, dry_run: DryRun = False) -> None:
    """Give the application a new secret, and restart the hub with it. Notebook servers go on running."""
    stack = Stack.load()
    stored = application.load(stack.root, stack.settings)
    if stored is None:
        raise CheckFailedError("This stack is not registered at GitLab.", "stackctl gitlab register")
    if different := stored.differences(stack.settings):
        raise CheckFailedError(f"These have changed since: {', '.join(different)}.", "First: stackctl gitlab register")
    runs = stack.hub_runs()
    if stored.kind == "manual":
        _rotate_by_hand(stack, stored, runs, dry_run)
        return
    token = TokenSource(stack.root, stack.settings, token_file, token_stdin).need()
    registration = Registration(GitLab(stack.settings, token), stack.settings, stored, stored.accounts)
    found, renews = _look(registration, stored)
    way = "renew the secret" if renews else f"make another application in place of this one ({SIGN_IN_AGAIN})"
    console.say(f"To do: {way}{', and restart the hub' if runs else ''}")
    if dry_run:
        return
    if renews:
        renewed = _renew(stack, registration, stored, found)
        _restart(stack, runs)  # whatever follows: the old secret is void
        if registration.proof(renewed) is not Proof.PROVEN:
            raise StackError("GitLab has given a new secret, and does not take it.", f"Run this again: {AGAIN}")
    else:
        _replace(stack, registration, found, runs)
    console.done("The application has a new secret.")


def _look(registration: Registration, stored: Application) -> tuple[Registered, bool]:
    """The application at GitLab, and whether its secret can be renewed."""
    with before_any_change():
        version = registration.gitlab.version()
        kind = registration.kind(registration.gitlab.owner())
        plan = registration.plan(kind, version) if kind else None
    if plan is None or plan.found is None or plan.found.client_id != stored.client_id:
        hint = "Use the token that made it; if the application is gone, make another one: stackctl gitlab register"
        raise CheckFailedError("This token does not see the stack's application at GitLab.", hint)
    return plan.found, plan.found.renewable(version)


def _renew(stack: Stack, registration: Registration, stored: Application, found: Registered) -> Application:
    """Have GitLab make a new secret, and keep it."""
    application.save(stack.root, stack.settings, stored)  # see that it can be written, before the old secret is void
    try:
        secret = registration.gitlab.renew_secret(found.id)
    except StackError as error:
        raise _still(registration, stored, error) from error
    renewed = registration.application(stored.client_id, secret, found.id, found.kind)
    application.save(stack.root, stack.settings, renewed)
    return renewed


def _still(registration: Registration, stored: Application, error: StackError) -> StackError:
    """The error, with what is now the case: GitLab may have done what was asked, and its answer been lost."""
    try:
        in_force = registration.proof(stored) is not Proof.WRONG_SECRET
    except StackError:
        hint = "Whether the old secret is still in force cannot be seen. When GitLab answers again: stackctl gitlab check"
        return StackError(error.message, hint)
    if in_force:
        return StackError(f"{error.message} The old secret stays in force.", error.hint)
    gone = "GitLab has made the old secret void, and its answer with the new one was lost: nobody can sign in."
    return StackError(f"{error.message} {gone}", f"Run this again at once: {AGAIN}")


def _replace(stack: Stack, registration: Registration, found: Registered, runs: bool) -> None:
    """Another application; when the hub does not come up with it, the former one is back."""
    plan, restarted = Plan("replace", found.kind, found), False
    try:
        with registration.carried_out(plan) as made, application.kept(stack.root, stack.settings, made):
            restarted = runs
            _restart(stack, runs)
    except BaseException:
        _restart(stack, restarted)
        raise


def _rotate_by_hand(stack: Stack, stored: Application, runs: bool, dry_run: bool) -> None:
    registration = Registration(GitLab(stack.settings), stack.settings, stored, stored.accounts)
    if dry_run:
        console.say("To do: take the secret that you renew on GitLab's page, and restart the hub with it")
        return
    with before_any_change():
        renewed = by_hand.renewed(registration, stored)
    application.save(stack.root, stack.settings, renewed)
    _restart(stack, runs)
    console.done("The new secret is in force.")


def _restart(stack: Stack, runs: bool) -> None:
    if runs:
        stack.bring_up_hub()

"""`stackctl gitlab rotate`."""

from __future__ import annotations

from stackctl.commands.gitlab import by_hand
from stackctl.commands.gitlab.options import DryRun, TokenFile, TokenStdin
from stackctl.errors import CheckFailedError, StackError, before_any_change
from stackctl.gitlab import GitLab, RemoteApplication, application
from stackctl.gitlab.application import Application
from stackctl.gitlab.oauth import Verification
from stackctl.gitlab.registration import SIGN_IN_AGAIN, Plan, Registration
from stackctl.gitlab.token import TokenSource
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl gitlab rotate
stackctl gitlab rotate --token-file ~/gitlab-token
stackctl gitlab rotate --dry-run
"""
AGAIN = "stackctl gitlab rotate"


def rotate(token_file: TokenFile = None, token_stdin: TokenStdin = False, dry_run: DryRun = False) -> None:
    """Give the application a new secret and restart the hub. Notebook servers keep running."""
    stack = Stack.load()
    stored = application.load(stack.root, stack.settings)
    if stored is None:
        raise CheckFailedError("This stack is not registered at GitLab.", "Run: stackctl gitlab register")
    if different := stored.differences(stack.settings):
        raise CheckFailedError(
            f"Changed since the registration: {', '.join(different)}.", "First run: stackctl gitlab register"
        )
    runs = stack.hub_runs()
    if stored.kind == "manual":
        _rotate_by_hand(stack, stored, runs, dry_run)
        return
    token = TokenSource(stack.root, stack.settings, token_file, token_stdin).need()
    registration = Registration(GitLab(stack.settings, token), stack.settings, stored, stored.accounts)
    remote, renews = _find(registration, stored)
    action = "renew the secret" if renews else f"replace the application with a new one ({SIGN_IN_AGAIN})"
    console.say(f"To do: {action}{', and restart the hub' if runs else ''}")
    if dry_run:
        return
    if renews:
        renewed = _renew(stack, registration, stored, remote)
        _restart(stack, runs)  # in any case: the old secret is void
        if registration.verify(renewed) is not Verification.VALID:
            raise StackError("GitLab renewed the secret but rejects it.", f"Run this again: {AGAIN}")
    else:
        _replace(stack, registration, remote, runs)
    console.done("The application has a new secret.")


def _find(registration: Registration, stored: Application) -> tuple[RemoteApplication, bool]:
    """The application at GitLab, and whether its secret can be renewed."""
    with before_any_change():
        version = registration.gitlab.version()
        kind = registration.kind(registration.gitlab.owner())
        plan = registration.plan(kind, version) if kind else None
    if plan is None or plan.remote is None or plan.remote.client_id != stored.client_id:
        hint = "Use the token that created it. If the application is gone, create a new one: stackctl gitlab register"
        raise CheckFailedError("This token does not see the stack's application at GitLab.", hint)
    return plan.remote, plan.remote.renewable(version)


def _renew(stack: Stack, registration: Registration, stored: Application, remote: RemoteApplication) -> Application:
    """Renew the secret and store it."""
    application.save(stack.root, stack.settings, stored)  # fails if it cannot be written, before the old secret is void
    try:
        secret = registration.gitlab.renew_secret(remote.id)
    except StackError as error:
        raise _with_state(registration, stored, error) from error
    renewed = registration.application(stored.client_id, secret, remote.id, remote.kind)
    application.save(stack.root, stack.settings, renewed)
    return renewed


def _with_state(registration: Registration, stored: Application, error: StackError) -> StackError:
    """The error, with the state of the old secret: GitLab may have renewed it and the answer was lost."""
    try:
        in_force = registration.verify(stored) is not Verification.WRONG_SECRET
    except StackError:
        hint = "The old secret may or may not be valid. When GitLab answers again, run: stackctl gitlab check"
        return StackError(error.message, hint)
    if in_force:
        return StackError(f"{error.message} The old secret is still valid.", error.hint)
    lost = "GitLab renewed the secret, but its answer was lost: nobody can sign in."
    return StackError(f"{error.message} {lost}", f"Run this again now: {AGAIN}")


def _replace(stack: Stack, registration: Registration, remote: RemoteApplication, runs: bool) -> None:
    """Replace the application; if the hub does not start with the new one, restore the old one."""
    plan, restarted = Plan("replace", remote.kind, remote), False
    try:
        with registration.applied(plan) as created, application.saved(stack.root, stack.settings, created):
            restarted = runs
            _restart(stack, runs)
    except BaseException:
        _restart(stack, restarted)
        raise


def _rotate_by_hand(stack: Stack, stored: Application, runs: bool, dry_run: bool) -> None:
    registration = Registration(GitLab(stack.settings), stack.settings, stored, stored.accounts)
    if dry_run:
        console.say("To do: read the secret that you renewed on GitLab's page, and restart the hub with it")
        return
    with before_any_change():
        renewed = by_hand.renewed(registration, stored)
    application.save(stack.root, stack.settings, renewed)
    _restart(stack, runs)
    console.done("The new secret is in use.")


def _restart(stack: Stack, runs: bool) -> None:
    if runs:
        stack.apply_settings()

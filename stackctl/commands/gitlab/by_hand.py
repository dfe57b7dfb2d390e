"""An application created by hand on GitLab's page: what to enter there, and what to enter here."""

from __future__ import annotations

import sys

from pydantic import SecretStr

from stackctl.errors import CheckFailedError
from stackctl.gitlab import oauth
from stackctl.gitlab.application import Application
from stackctl.gitlab.oauth import Verification
from stackctl.gitlab.registration import Registration, page
from stackctl.ui import console

HINT = "Pass both on standard input, one per line: stackctl gitlab register --manual < file"


def application(registration: Registration, *, dry_run: bool) -> Application | None:
    """The verified application; a stored one that GitLab accepts is used without asking. None after a dry run.

    Raises CheckFailedError when GitLab rejects what was entered.
    """
    registration.gitlab.ping()
    stored = registration.stored
    if stored and registration.verify(stored) is not Verification.WRONG_SECRET:
        entered = registration.application(stored.client_id, stored.client_secret, stored.id, stored.kind)
    else:
        _say_what_to_enter(registration)
        if dry_run:
            return None
        entered = registration.application(*_ask(), None, "manual")
    _verify(registration, entered)
    return entered


def renewed(registration: Registration, stored: Application) -> Application:
    """The application with a secret that was just renewed on GitLab's page."""
    console.say(f"On {page(registration.settings, stored.kind)}, open {stored.name!r} and renew its secret.")
    secret = _secret()
    if not secret.get_secret_value():
        raise CheckFailedError("The secret is empty.", "Pass it on standard input: stackctl gitlab rotate < file")
    entered = registration.application(stored.client_id, secret, stored.id, stored.kind)
    _verify(registration, entered)
    return entered


def _say_what_to_enter(registration: Registration) -> None:
    desired, url = registration.desired, registration.settings.gitlab_url
    console.say(f"Create an application on GitLab: {page(registration.settings, 'manual')}")
    console.say(f"(or for a group: {url}/groups/GROUP/-/settings/applications)")
    console.say(f"  Name          {desired.name}")
    console.say(f"  Redirect URI  {desired.callback}")
    console.say("  Confidential  yes")
    console.say(f"  Scopes        {', '.join(desired.scopes)}, and no others")


def _ask() -> tuple[str, SecretStr]:
    if sys.stdin.isatty():
        console.say("Save it, then enter here what GitLab shows.")
        client_id = console.ask("Application ID: ", "", "")
    else:
        client_id = sys.stdin.readline().strip()
    secret = _secret()
    if not client_id or not secret.get_secret_value():
        raise CheckFailedError("The application's id and secret are missing.", HINT)
    return client_id, secret


def _secret() -> SecretStr:
    return console.ask_secret("Secret: ", "", "") if sys.stdin.isatty() else SecretStr(sys.stdin.readline().strip())


def _verify(registration: Registration, entered: Application) -> None:
    """Raises CheckFailedError when GitLab rejects it; warns when the callback seems to be different."""
    desired, where = registration.desired, page(registration.settings, entered.kind)
    verdict = registration.verify(entered)
    if verdict is Verification.WRONG_SECRET:
        raise CheckFailedError("GitLab rejected this id and secret.", f"Copy both again from {where}")
    if verdict is Verification.WRONG_SCOPES:
        scopes = ", ".join(desired.scopes)
        raise CheckFailedError("The application lacks a scope.", f"Tick {scopes} on {where}, save, and run this again.")
    if not oauth.accepts(registration.gitlab.session, entered.client_id, desired.callback, desired.scopes):
        console.warn(f"GitLab does not seem to redirect to {desired.callback} after sign-in.")
        console.say(f"  On {where}, check that this is exactly the Redirect URI, and that openid is ticked.")

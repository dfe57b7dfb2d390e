"""An application that somebody makes on GitLab's own page: what to enter there, and what to enter here."""

from __future__ import annotations

import sys

from pydantic import SecretStr

from stackctl import console, gitlab_oauth
from stackctl.application import Application
from stackctl.errors import CheckFailedError
from stackctl.gitlab_oauth import Proof
from stackctl.registration import Registration, page

HINT = "Give both on standard input, a line each: stackctl gitlab register --manual < file"


def application(registration: Registration, *, dry_run: bool) -> Application | None:
    """The application, proven; one that is kept already is not asked for again. None at the end of a dry run.

    Raises CheckFailedError when GitLab does not take what was entered.
    """
    registration.gitlab.greet()
    stored = registration.stored
    if stored and registration.proof(stored) is not Proof.WRONG_SECRET:
        given = registration.application(stored.client_id, stored.client_secret, stored.id, stored.kind)
    else:
        _say_what_to_enter(registration)
        if dry_run:
            return None
        given = registration.application(*_ask(), None, "manual")
    _prove(registration, given)
    return given


def renewed(registration: Registration, stored: Application) -> Application:
    """The application with the secret that somebody has just renewed on GitLab's page."""
    console.say(f"On {page(registration.settings, stored.kind)}, open {stored.name!r} and renew its secret.")
    secret = _secret()
    if not secret.get_secret_value():
        raise CheckFailedError("There is no secret.", "Give it on standard input: stackctl gitlab rotate < file")
    given = registration.application(stored.client_id, secret, stored.id, stored.kind)
    _prove(registration, given)
    return given


def _say_what_to_enter(registration: Registration) -> None:
    wanted, url = registration.wanted, registration.settings.gitlab_url
    console.say(f"On GitLab, add an application: {page(registration.settings, 'manual')}")
    console.say(f"(or one of a group's: {url}/groups/GROUP/-/settings/applications)")
    console.say(f"  Name          {wanted.name}")
    console.say(f"  Redirect URI  {wanted.callback}")
    console.say("  Confidential  yes")
    console.say(f"  Scopes        {', '.join(wanted.scopes)}, and no others")


def _ask() -> tuple[str, SecretStr]:
    if sys.stdin.isatty():
        console.say("Save it, and enter here what GitLab shows then.")
        client_id = console.ask("Application ID: ", "", "")
    else:
        client_id = sys.stdin.readline().strip()
    secret = _secret()
    if not client_id or not secret.get_secret_value():
        raise CheckFailedError("The application's id and its secret are needed.", HINT)
    return client_id, secret


def _secret() -> SecretStr:
    return console.ask_secret("Secret: ", "", "") if sys.stdin.isatty() else SecretStr(sys.stdin.readline().strip())


def _prove(registration: Registration, given: Application) -> None:
    """Raises CheckFailedError when GitLab does not take it; warns when the callback seems to be another."""
    wanted, where = registration.wanted, page(registration.settings, given.kind)
    proof = registration.proof(given)
    if proof is Proof.WRONG_SECRET:
        raise CheckFailedError("GitLab does not take this id with this secret.", f"Copy both again from {where}")
    if proof is Proof.WRONG_SCOPES:
        scopes = ", ".join(wanted.scopes)
        raise CheckFailedError("The application lacks a scope.", f"Tick {scopes} on {where}, save, and run this again.")
    if not gitlab_oauth.accepts(registration.gitlab.session, given.client_id, wanted.callback, wanted.scopes):
        console.warn(f"GitLab does not seem to send people back to {wanted.callback}.")
        console.say(f"  See on {where} that this is the Redirect URI, to the letter, and that openid is ticked.")

"""Why somebody cannot sign in, and what to do about it."""

from __future__ import annotations

from typing import NamedTuple

from tornado import web

from stackhub.i18n.translations import N_, translations

STATUS = {"unavailable": 503, "application": 500, "not-set-up": 503, "expired": 400, "unreadable": 503, "busy": 429}
"""HTTP status by kind of error; 403 for any other."""


class Explanation(NamedTuple):
    """What the page says: a title, what happened, and what to do."""

    heading: str
    happened: str
    advice: str


ERRORS = {
    "not-allowed": Explanation(
        N_("Your account doesn’t have access yet"),
        N_("You are signed in to GitLab as {username}, but this account isn’t allowed to use this server."),
        N_(
            "Ask your administrator for access, or which GitLab group to join. "
            "To use a different account, sign out of GitLab first."
        ),
    ),
    "nobody": Explanation(
        N_("Nobody can sign in yet"),
        N_("The administrator hasn’t set who may use this server."),
        N_("If you are the administrator, set GITLAB_ALLOWED_GROUPS in .env, then run stackctl up."),
    ),
    "not-set-up": Explanation(
        N_("Sign-in is not set up yet"),
        N_("This server is not registered with GitLab."),
        N_("If you are the administrator, run: stackctl gitlab register"),
    ),
    "blocked": Explanation(
        N_("GitLab rejected this account"),
        N_("GitLab says: {reason}"),
        N_("Contact your GitLab administrator, then try again."),
    ),
    "unavailable": Explanation(
        N_("GitLab is not responding"),
        "{reason}",
        N_("Try again in a few minutes. Running notebooks are not affected."),
    ),
    "application": Explanation(
        N_("GitLab rejected this server"),
        N_("GitLab says: {reason}"),
        N_("Contact your administrator. If that’s you, run: stackctl gitlab check"),
    ),
    "expired": Explanation(
        N_("This sign-in has expired"),
        N_("It took too long, was started in another tab, or was already used."),
        N_("Sign in again."),
    ),
    "denied": Explanation(
        N_("You didn’t authorize this server"),
        N_("GitLab asked whether this server may read your account, and you declined."),
        N_("You can’t sign in without it. If you declined by mistake, try again."),
    ),
    "locked": Explanation(
        N_("Too many wrong passwords"),
        N_("This account is locked for {minutes} minutes."),
        N_("Try again after that. If you forgot your password, contact your administrator."),
    ),
    "busy": Explanation(
        N_("Many people are signing in"),
        N_("Your password has not been checked yet."),
        N_("Try again in a few seconds."),
    ),
    "not-member": Explanation(
        N_("Your account doesn’t have access yet"),
        N_("Your password is correct, but {username} is not in this server’s group {group}."),
        N_("Ask your administrator to add you to the group."),
    ),
    "must-change": Explanation(
        N_("Your password has expired"),
        N_("This server requires a new password for {username}, which can’t be set here."),
        N_("Sign in to the server with SSH and set a new password when asked. Then try again."),
    ),
    "account-expired": Explanation(
        N_("Your account has expired"),
        N_("Your password is correct, but the account {username} has expired on this server."),
        N_("Contact your administrator."),
    ),
    "refused": Explanation(
        N_("This account can’t sign in"),
        N_(
            "Your password is correct, but {username} can’t sign in to this server: "
            "the account is locked or has no login shell."
        ),
        N_("Contact your administrator."),
    ),
    "name-taken": Explanation(
        N_("This name belongs to another account"),
        N_("This server has files of a different account that is also named {username}."),
        N_("If you are the administrator, run: stackctl users remove {username} (the files are kept)"),
    ),
    "unreadable": Explanation(
        N_("Nobody can sign in at the moment"),
        N_("The hub can’t read this server’s accounts."),
        N_("If you are the administrator, run stackctl up to see why. Running notebooks are not affected."),
    ),
}
"""By kind of SignInError."""


class SignInError(web.HTTPError):
    """A sign-in that failed.

    `kind` is a key of ERRORS, `facts` the values that its texts name, `retry_after` the seconds to wait before trying again.
    """

    def __init__(self, kind: str, retry_after: int | None = None, **facts: str) -> None:
        super().__init__(STATUS.get(kind, 403), f"sign-in: {kind} {facts or ''}".strip())
        self.kind = kind
        self.facts = facts
        self.headers = {"Retry-After": str(retry_after)} if retry_after else {}


def explain(error: SignInError, lang: str) -> Explanation:
    """What the page about `error` says, in the language `lang`."""
    return Explanation(*(translations(lang).gettext(text).format(**error.facts) for text in ERRORS[error.kind]))

"""Can people sign in with GitLab, as far as this can be checked without an account of theirs?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from stackctl.doctor.checks.server import clock
from stackctl.errors import CheckFailedError, StackError
from stackctl.gitlab import GitLab, Kind, TokenOwner, application, oauth
from stackctl.gitlab.application import Application, DesiredApplication
from stackctl.gitlab.oauth import Verification
from stackctl.gitlab.registration import Registration, page
from stackctl.settings import Settings
from stackctl.ui.check import Check

REGISTER = "stackctl gitlab register"


def check(root: Path, settings: Settings, token: SecretStr | None) -> Iterator[Check]:
    """All checks, in the order in which they can fail. Those that need a token are left out without one."""
    yield from rules(settings)
    yield stored(root, settings)
    try:
        yield from _at_gitlab(root, settings, token)
    except StackError as error:
        yield Check("fail", error.message, error.hint)


def _at_gitlab(root: Path, settings: Settings, token: SecretStr | None) -> Iterator[Check]:
    """The checks that ask GitLab. Raises StackError if it does not answer, or rejects the token."""
    gitlab = GitLab(settings, token)
    time = gitlab.ping()
    trusted = ", and its certificate is trusted" if settings.gitlab_url.startswith("https:") else ""
    yield Check("ok", f"{settings.gitlab_url} answers{trusted}.")
    yield clock.check(time, "GitLab's")
    saved = _saved(root, settings)
    if saved:
        yield from _verify(gitlab, settings, saved)
    owner = gitlab.owner() if token else None
    if owner:
        yield Check("ok", f"The token belongs to {owner.username}; this is GitLab {gitlab.version()}.")
    registration = Registration(gitlab, settings, saved, "")
    try:
        kind = registration.kind(owner) if owner else None
    except CheckFailedError as error:  # the token still shows groups, but not all of them
        yield Check("warn", f"The application at GitLab was not checked. {error.message}", error.hint)
        owner, kind = replace(owner, is_admin=False) if owner else None, None
    for path in settings.groups:
        yield group(gitlab, path, owner)
    if saved and kind and saved.kind != "manual":
        yield from _plan(registration, kind, gitlab.version())


def _saved(root: Path, settings: Settings) -> Application | None:
    try:
        return application.load(root, settings)
    except CheckFailedError:  # `stored` reports it
        return None


def _plan(registration: Registration, kind: Kind, version: str) -> Iterator[Check]:
    plan = registration.plan(kind, version)
    if plan.action != "keep":
        change = f"The application at GitLab needs a change: {', '.join(plan.reasons)}."
        yield Check("fail", change if plan.remote else "The application does not exist at GitLab any more.", REGISTER)


def rules(settings: Settings) -> list[Check]:
    """Do the settings allow anybody to sign in with GitLab?"""
    checks = []
    if settings.stack_auth != "gitlab":
        checks.append(Check("warn", f"STACK_AUTH is {settings.stack_auth}: nobody signs in with GitLab.", REGISTER))
    if settings.gitlab_url.startswith("http:"):
        message = "GITLAB_URL begins with http: secrets and tokens can be read on the way."
        checks.append(Check("warn", message, "Use https."))
    if settings.nobody_may_sign_in:
        fix = "Set GITLAB_ALLOWED_GROUPS or another GITLAB_ALLOW… setting in .env, then: stackctl up"
        return [*checks, Check("fail", "Nobody may sign in: no setting allows anybody to.", fix)]
    if not (settings.gitlab_admin_groups or settings.gitlab_admin_users):
        fix = "Set GITLAB_ADMIN_USERS or GITLAB_ADMIN_GROUPS in .env, then: stackctl up"
        return [*checks, Check("warn", "The hub has no administrator.", fix)]
    return [*checks, Check("ok", "The settings say who may sign in, and who is an administrator.")]


def stored(root: Path, settings: Settings) -> Check:
    """Is an application saved, which only its owner can read, and which fits the current settings?"""
    try:
        saved = application.load(root, settings)
    except CheckFailedError as error:
        return Check("fail", error.message, error.hint)
    if saved is None:
        fix = f"{REGISTER}; or set STACK_AUTH=local in .env to use local accounts"
        return Check("fail", "This stack is not registered at GitLab.", fix)
    manual = " --manual" if saved.kind == "manual" else ""
    if changed := saved.differences(settings):
        level: Literal["warn", "fail"] = "fail" if {"GITLAB_URL", "the callback"} & set(changed) else "warn"
        message = f"Since this stack was registered at GitLab, these have changed: {', '.join(changed)}."
        return Check(level, message, f"{REGISTER}{manual}")
    return Check("ok", f"The application is {saved.name!r}, with the callback {saved.callback}.")


def group(gitlab: GitLab, path: str, owner: TokenOwner | None) -> Check:
    """Does a group exist? `owner`: of the token; an administrator's shows every group."""
    if gitlab.has_group(path):
        return Check("ok", f"The group {path} exists.")
    if owner is None:
        fix = "stackctl gitlab check --token-file FILE"
        return Check("warn", f"The group {path} was not checked: it is not public, and there is no token.", fix)
    similar = gitlab.groups_like(path)
    fix = f"Did you mean {' or '.join(similar)}?" if similar else "Use the group's full path, as in the address of its page."
    if owner.is_admin:
        return Check("fail", f"There is no group {path}.", fix)
    return Check("warn", f"There is no group {path}, or {owner.username} may not see it.", fix)


def _verify(gitlab: GitLab, settings: Settings, saved: Application) -> Iterable[Check]:
    desired = DesiredApplication.of(settings)
    verdict = oauth.verify(gitlab.session, saved.client_id, saved.client_secret, desired.scopes)
    if verdict is Verification.WRONG_SECRET:
        message = "GitLab rejects the application: it was deleted there, or has another secret."
        yield Check("fail", message, f"{REGISTER} repairs that")
        return
    if verdict is Verification.WRONG_SCOPES:
        message = f"The application lacks a scope: it needs {', '.join(desired.scopes)}."
        yield Check("fail", message, _repair(settings, saved))
        return
    yield Check("ok", "GitLab accepts the application's id, secret and scopes.")
    request = saved.client_id, desired.callback, desired.scopes
    own = oauth.own_address(gitlab.session, *request)
    if own and _origin(own) != _origin(settings.gitlab_url):
        fix = f"Set GITLAB_URL={own} in .env, or correct external_url in GitLab's configuration."
        yield Check("fail", f"GitLab sends browsers to {own}, which is not GITLAB_URL.", fix)
    yield _callback(oauth.accepts(gitlab.session, *request), desired.callback)


def _callback(accepted: bool, callback: str) -> Check:
    if accepted:
        return Check("ok", f"GitLab sends people who sign in back to {callback}.")
    # not a failure: another version of GitLab may answer differently
    message = f"Whether GitLab sends people back to {callback} is unknown."
    return Check("warn", message, "If nobody can sign in, check the application's callback with a token (--token-file).")


def _repair(settings: Settings, saved: Application) -> str:
    if saved.kind == "manual":
        return f"Change it on {page(settings, saved.kind)}, then: {REGISTER} --manual"
    return REGISTER


def _origin(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path, in one form for all ways to write them."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme], parts.path.rstrip("/")

"""Can people sign in through GitLab? As far as that can be seen without one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from stackctl import application, gitlab_oauth
from stackctl.application import Application, Wanted
from stackctl.checks import Check, clock
from stackctl.errors import CheckFailedError, StackError
from stackctl.gitlab import GitLab, TokenOwner
from stackctl.gitlab_oauth import Proof
from stackctl.registration import Registration, page
from stackctl.settings import Settings

REGISTER = "stackctl gitlab register"


def check(root: Path, settings: Settings, token: SecretStr | None) -> Iterator[Check]:
    """Everything, in the order in which it can fail. What takes a token is left out without one."""
    yield from rules(settings)
    yield stored(root, settings)
    try:
        yield from _at_gitlab(root, settings, token)
    except StackError as error:
        yield Check("fail", error.message, error.hint)


def _at_gitlab(root: Path, settings: Settings, token: SecretStr | None) -> Iterator[Check]:
    """What GitLab says. Raises StackError when it does not answer, or refuses the token."""
    gitlab = GitLab(settings, token)
    time = gitlab.greet()
    trusted = ", and its certificate is trusted" if settings.gitlab_url.startswith("https:") else ""
    yield Check("ok", f"{settings.gitlab_url} answers{trusted}.")
    yield clock.check(time, "GitLab's")
    try:
        known = application.load(root, settings)
    except CheckFailedError:
        known = None  # `stored` has said so
    if known:
        yield from _proofs(gitlab, settings, known)
    owner = gitlab.owner() if token else None
    if owner:
        yield Check("ok", f"The token is {owner.username}'s; this is GitLab {gitlab.version()}.")
    registration = Registration(gitlab, settings, known, "")
    try:
        kind = registration.kind(owner) if owner else None
    except CheckFailedError as error:  # fine for what follows, and it sees less
        yield Check("warn", f"The application at GitLab is not looked at. {error.message}", error.hint)
        owner, kind = replace(owner, is_admin=False) if owner else None, None
    for path in settings.groups:
        yield group(gitlab, path, owner)
    if known and kind and known.kind != "manual":
        plan = registration.plan(kind, gitlab.version())
        if plan.action != "keep":
            change = f"The application at GitLab needs a change: {', '.join(plan.reasons)}."
            yield Check("fail", change if plan.found else "The application is not at GitLab any more.", REGISTER)


def rules(settings: Settings) -> list[Check]:
    """Do the settings let somebody in through GitLab?"""
    found = []
    if settings.stack_auth != "gitlab":
        found.append(Check("warn", f"STACK_AUTH is {settings.stack_auth}: nobody signs in through GitLab.", REGISTER))
    if settings.gitlab_url.startswith("http:"):
        found.append(
            Check("warn", "GITLAB_URL begins with http: whoever is on the way reads secrets and tokens.", "Use https.")
        )
    if settings.nobody_may_enter:
        fix = "Set GITLAB_ALLOWED_GROUPS or another GITLAB_ALLOW… setting in .env, then: stackctl up"
        return [*found, Check("fail", "Nobody may enter: no setting lets anybody in.", fix)]
    if not (settings.gitlab_admin_groups or settings.gitlab_admin_users):
        fix = "Set GITLAB_ADMIN_USERS or GITLAB_ADMIN_GROUPS in .env, then: stackctl up"
        return [*found, Check("warn", "Nobody is an administrator of the hub.", fix)]
    return [*found, Check("ok", "The settings say who may enter, and who is an administrator.")]


def stored(root: Path, settings: Settings) -> Check:
    """Is there an application, readable for its owner alone, and for the addresses that are set now?"""
    try:
        known = application.load(root, settings)
    except CheckFailedError as error:
        return Check("fail", error.message, error.hint)
    if known is None:
        fix = f"{REGISTER}; or set STACK_AUTH=local in .env for accounts of this server's own"
        return Check("fail", "This stack is not registered at GitLab.", fix)
    by_hand = " --manual" if known.kind == "manual" else ""
    different = known.differences(settings)
    if different:
        level: Literal["warn", "fail"] = "fail" if {"GITLAB_URL", "the callback"} & set(different) else "warn"
        what = f"Since this stack was registered at GitLab, these have changed: {', '.join(different)}."
        return Check(level, what, f"{REGISTER}{by_hand}")
    return Check("ok", f"The application is {known.name!r}, for the callback {known.callback}.")


def group(gitlab: GitLab, path: str, owner: TokenOwner | None) -> Check:
    """Is a group there? `owner`: of the token; one that acts as an administrator sees every group."""
    if gitlab.has_group(path):
        return Check("ok", f"The group {path} is there.")
    if owner is None:
        fix = "stackctl gitlab check --token-file FILE"
        return Check("warn", f"The group {path} is not checked: it is not public, and there is no token.", fix)
    near = gitlab.groups_like(path)
    fix = f"Is it {' or '.join(near)}?" if near else "A group is named by its full path: see the address of its page."
    if owner.is_admin:
        return Check("fail", f"There is no group {path}.", fix)
    return Check("warn", f"There is no group {path}, or {owner.username} may not see it.", fix)


def _proofs(gitlab: GitLab, settings: Settings, known: Application) -> Iterable[Check]:
    wanted = Wanted.by(settings)
    proof = gitlab_oauth.prove(gitlab.session, known.client_id, known.client_secret, wanted.scopes)
    if proof is Proof.WRONG_SECRET:
        fix = f"{REGISTER} repairs that"
        yield Check("fail", "GitLab does not take the application: it was deleted there, or has another secret.", fix)
        return
    if proof is Proof.WRONG_SCOPES:
        yield Check(
            "fail", f"The application lacks a scope: {', '.join(wanted.scopes)} are needed.", _repair(settings, known)
        )
        return
    yield Check("ok", "GitLab takes the application's id, secret and scopes.")
    request = known.client_id, wanted.callback, wanted.scopes
    own = gitlab_oauth.own_address(gitlab.session, *request)
    if own and _place(own) != _place(settings.gitlab_url):
        fix = f"Set GITLAB_URL={own} in .env, or correct external_url in GitLab's configuration."
        yield Check("fail", f"GitLab takes itself to be at {own}, where it sends browsers, and not at GITLAB_URL.", fix)
    if gitlab_oauth.accepts(gitlab.session, *request):
        yield Check("ok", f"GitLab sends people who sign in back to {wanted.callback}.")
    else:
        # not a failure: whether every GitLab answers so is not known
        what = f"It is not proven that GitLab sends people back to {wanted.callback}."
        yield Check("warn", what, "If nobody can sign in: see with a token (--token-file) whether that is its callback.")


def _repair(settings: Settings, known: Application) -> str:
    if known.kind == "manual":
        return f"Change it on {page(settings, known.kind)}, then: {REGISTER} --manual"
    return REGISTER


def _place(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}[parts.scheme], parts.path.rstrip("/")

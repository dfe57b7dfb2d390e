"""Rechecks the access of signed-in users with GitLab, and stops the servers of those who have lost it."""

from __future__ import annotations

import asyncio
import time
from enum import Enum
from typing import Any, Protocol

from stackhub.auth.gitlab_api import ApplicationRefusedError, BlockedError, GitLab, Token, TokenRefusedError, Unavailable
from stackhub.auth.membership import Person
from stackhub.auth.revocation import stop_servers, store
from stackhub.names import owner

PAGE_TIMEOUT = 5
"""Seconds that a page waits for GitLab. The call continues, and its result is used for the next page."""

RENEW_BEFORE = 900
"""Seconds before a token expires at which it is renewed: it must not expire during a `git clone`."""

GRACE = 100
"""Seconds until a server is stopped after GitLab has rejected its owner's token. Signing in again keeps it."""

EXCUSED_GRACE = 86_400
"""The same if the owner is not the reason: the application was replaced, or GitLab has new terms of service."""

MAX_PAUSE = 120
"""The longest pause between two checks of a user, in seconds, when GitLab is rate-limiting."""


class Verdict(Enum):
    """The result of a check. The value completes "NAME …" in the log."""

    ALLOWED = "has access"
    UNKNOWN = "could not be checked"
    SIGN_IN = "must sign in again"
    EXCUSED = "must sign in again, for a reason other than their account"
    DENIED = "no longer has access"


class Authenticator(Protocol):
    """The part of the authenticator that a recheck needs. `check_interval` in seconds; `app`: the JupyterHub application."""

    log: Any
    client_id: Any
    accounts: Any
    check_interval: Any
    oauth_callback_url: Any
    rules: Any

    @property
    def app(self) -> Any: ...

    @property
    def gitlab(self) -> GitLab: ...

    def owner(self, person: Person) -> str: ...

    def model(self, person: Person, token: Token) -> dict[str, Any]: ...


class AccessRecheck:
    """Checks users and caches the last verdict by user name. At most one check per user runs at a time."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._log = authenticator.log
        self._last: dict[str, tuple[Verdict, float]] = {}
        self._running: dict[str, asyncio.Task[Verdict]] = {}
        self._refused_since: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def forget(self, name: str) -> None:
        """Forget a user who has just signed in. A check that is still running is for their old token."""
        self._last.pop(name, None)
        self._running.pop(name, None)
        self._not_before.pop(name, None)
        self._refused_since.pop(name, None)

    async def check(self, user: Any, max_age: float | None = None) -> Verdict:
        """The verdict on `user`, at most `max_age` seconds old (default: a quarter of the interval).

        UNKNOWN if GitLab takes longer than PAGE_TIMEOUT.
        """
        if max_age is None:
            # less than the time between two sweeps, or a sweep would never ask GitLab
            max_age = self._authenticator.check_interval / 4
        verdict, when = self._last.get(user.name, (Verdict.UNKNOWN, float("-inf")))
        if time.monotonic() - when < max_age:
            return verdict
        task = self._running.get(user.name)
        if task is None:
            task = self._running[user.name] = asyncio.ensure_future(self._ask(user))
        done, _ = await asyncio.wait({task}, timeout=PAGE_TIMEOUT)
        return task.result() if done else Verdict.UNKNOWN

    async def token(self, user: Any) -> Token | None:
        """A valid token of `user`, as far as GitLab could be asked; None if they have no access."""
        if await self.check(user) not in (Verdict.ALLOWED, Verdict.UNKNOWN):
            return None
        stored = await user.get_auth_state()
        return Token(**stored) if stored else None

    async def sweep(self) -> None:
        """Check everybody with a running server, and stop the servers of those without access."""
        await asyncio.gather(*(self._check_and_stop(user) for user in self._authenticator.app.users.values() if user.active))

    async def _check_and_stop(self, user: Any) -> None:
        try:
            verdict = await self.check(user)
            grace = {Verdict.DENIED: 0, Verdict.SIGN_IN: GRACE, Verdict.EXCUSED: EXCUSED_GRACE}.get(verdict)
            if grace is None:
                self._refused_since.pop(user.name, None)
            elif time.monotonic() - self._refused_since.setdefault(user.name, time.monotonic()) >= grace:
                await stop_servers(self._authenticator.app, user, verdict.value)
        except Exception:
            self._log.exception("Cannot recheck the access of %s", user.name)

    async def _ask(self, user: Any) -> Verdict:
        name = user.name
        verdict = Verdict.UNKNOWN
        try:
            if time.monotonic() >= self._not_before.get(name, 0):
                verdict = await self._verdict(user)
        except Unavailable as error:
            # only for this user: GitLab's rate limit is per user, and must not delay the checks of others
            self._not_before[name] = time.monotonic() + min(error.retry_after or 0, MAX_PAUSE)
            self._log.warning("GitLab: %s Nobody loses access because of this.", error)
        except ApplicationRefusedError as error:
            self._log.error("GitLab rejected this hub's application (%s). See: stackctl gitlab check", error)
        finally:
            if self._running.get(name) is asyncio.current_task():
                self._last[name] = (verdict, time.monotonic())
                del self._running[name]
        if verdict not in (Verdict.ALLOWED, Verdict.UNKNOWN):
            user._auth_refreshed = None  # makes JupyterHub check again at the next request
        if verdict is Verdict.DENIED:
            await stop_servers(self._authenticator.app, user, verdict.value)
        return verdict

    async def _verdict(self, user: Any) -> Verdict:
        if not self._authenticator.client_id:  # not registered, or revoked: `accounts` is empty too
            return Verdict.EXCUSED
        if not owner(user).endswith(f"#{self._authenticator.accounts}"):  # from another authenticator or another GitLab
            return Verdict.DENIED
        stored = await user.get_auth_state()
        if not stored:
            return Verdict.SIGN_IN
        token = Token(**stored)
        try:
            try:
                person = await self._authenticator.gitlab.person(token)
            except TokenRefusedError:  # expired
                token = await self._renewed(user, token)
                person = await self._authenticator.gitlab.person(token)
            if token.expires - RENEW_BEFORE < time.time():
                token = await self._renewed_early(user, token)
        except TokenRefusedError as error:
            self._log.info("GitLab rejected the token of %s (%s): they must sign in again", user.name, error)
            # if the application was replaced, this says nothing about the owner
            same = token.client_id == self._authenticator.client_id
            return Verdict.SIGN_IN if same else Verdict.EXCUSED
        except BlockedError as error:
            self._log.warning("GitLab denied access to %s: %s", user.name, error)
            blocked = any(word in str(error) for word in ("blocked", "deactivated"))
            return Verdict.DENIED if blocked else Verdict.EXCUSED  # e.g. new terms of service, an expired password
        if not self._authenticator.rules.admits(person) or self._authenticator.owner(person) != owner(user):
            return Verdict.DENIED
        store(user, self._authenticator.model(person, token))
        return Verdict.ALLOWED

    async def _renewed(self, user: Any, token: Token) -> Token:
        """A new token, saved before it is used: the old one is no longer valid."""
        new = await self._authenticator.gitlab.renewed(token, self._authenticator.oauth_callback_url)
        stored = await user.get_auth_state()
        if stored and stored["refresh_token"] != token.refresh_token:  # they have just signed in
            return Token(**stored)
        await user.save_auth_state(new.stored())
        return new

    async def _renewed_early(self, user: Any, token: Token) -> Token:
        try:
            return await self._renewed(user, token)
        except Unavailable as error:
            self._log.warning("GitLab: could not renew the token of %s yet: %s", user.name, error)
            return token

"""Whether people who are here may still be: asked of GitLab now and then, and acted on."""

from __future__ import annotations

import asyncio
import time
from enum import Enum
from typing import TYPE_CHECKING, Any

from .admission import stop_servers, store
from .gitlab_api import ApplicationRefusedError, BlockedError, Token, TokenRefusedError, Unavailable
from .names import owner

if TYPE_CHECKING:
    from .gitlab import GitLabAuthenticator

PATIENCE = 5
"""Seconds that a page waits for GitLab. What is asked goes on, and its answer counts for the next page."""

EARLY = 900
"""Seconds before its end at which a token is renewed: a `git clone` must not meet the end of it."""

GRACE = 100
"""Seconds that a server goes on after GitLab has refused its owner's token: signing in again saves it."""

EXCUSED_GRACE = 86_400
"""The same, where the reason says nothing of the owner: the application was replaced, or GitLab has new terms of service."""

LONGEST_PAUSE = 120
"""Seconds for which somebody is not looked at, at most, because GitLab asks to wait."""


class Verdict(Enum):
    """What GitLab says of somebody."""

    ADMITTED = "may be here"
    UNKNOWN = "GitLab does not say"
    SIGN_IN = "must sign in again"
    EXCUSED = "must sign in again, for a reason that says nothing of them"
    OUT = "may not be here"


class Checks:
    """What was last said of each user, by name; and the question, at most once at a time for each."""

    def __init__(self, authenticator: GitLabAuthenticator) -> None:
        self._authenticator = authenticator
        self._log = authenticator.log
        self._last: dict[str, tuple[Verdict, float]] = {}
        self._asked: dict[str, asyncio.Task[Verdict]] = {}
        self._refused_since: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def forget(self, name: str) -> None:
        """Whoever signs in starts anew; an answer still under way is for their former token."""
        self._last.pop(name, None)
        self._asked.pop(name, None)
        self._not_before.pop(name, None)
        self._refused_since.pop(name, None)

    async def check(self, user: Any, max_age: float | None = None) -> Verdict:
        """The verdict on `user`, no older than `max_age` seconds (a quarter of the interval, when it is not given).

        UNKNOWN when GitLab takes longer than PATIENCE.
        """
        if max_age is None:
            max_age = self._authenticator.check_interval / 4  # less than from one sweep to the next, or it would ask nothing
        verdict, when = self._last.get(user.name, (Verdict.UNKNOWN, float("-inf")))
        if time.monotonic() - when < max_age:
            return verdict
        task = self._asked.get(user.name)
        if task is None:
            task = self._asked[user.name] = asyncio.ensure_future(self._ask(user))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        return task.result() if done else Verdict.UNKNOWN

    async def token(self, user: Any) -> Token | None:
        """A token of `user`'s that GitLab takes now, as far as it says; None when they may not be here."""
        if await self.check(user) not in (Verdict.ADMITTED, Verdict.UNKNOWN):
            return None
        stored = await user.get_auth_state()
        return Token(**stored) if stored else None

    async def sweep(self) -> None:
        """Look at everybody whose server runs, and stop the servers of those who may not be here."""
        await asyncio.gather(*(self._look(user) for user in self._authenticator.app.users.values() if user.active))

    async def _look(self, user: Any) -> None:
        try:
            verdict = await self.check(user)
            grace = {Verdict.OUT: 0, Verdict.SIGN_IN: GRACE, Verdict.EXCUSED: EXCUSED_GRACE}.get(verdict)
            if grace is None:
                self._refused_since.pop(user.name, None)
            elif time.monotonic() - self._refused_since.setdefault(user.name, time.monotonic()) >= grace:
                await stop_servers(self._authenticator.app, user, verdict.value)
        except Exception:
            self._log.exception("GitLab: cannot look at %s", user.name)

    async def _ask(self, user: Any) -> Verdict:
        name = user.name
        verdict = Verdict.UNKNOWN
        try:
            if time.monotonic() >= self._not_before.get(name, 0):
                verdict = await self._verdict(user)
        except Unavailable as error:
            # for this one alone: GitLab counts requests by person, and one must not keep it from looking at others
            self._not_before[name] = time.monotonic() + min(error.retry_after or 0, LONGEST_PAUSE)
            self._log.warning("GitLab: %s Nobody is turned away for that.", error)
        except ApplicationRefusedError as error:
            self._log.error("GitLab refuses this hub's application (%s). See: stackctl gitlab check", error)
        finally:
            if self._asked.get(name) is asyncio.current_task():
                self._last[name] = (verdict, time.monotonic())
                del self._asked[name]
        if verdict not in (Verdict.ADMITTED, Verdict.UNKNOWN):
            user._auth_refreshed = None  # JupyterHub looks at the next request, however short ago it looked
        if verdict is Verdict.OUT:
            await stop_servers(self._authenticator.app, user, verdict.value)
        return verdict

    async def _verdict(self, user: Any) -> Verdict:
        if not self._authenticator.client_id:  # revoked, or not registered yet: then `accounts` is not known either
            return Verdict.EXCUSED
        if not owner(user).endswith(f"#{self._authenticator.accounts}"):  # from another way in, or another GitLab
            return Verdict.OUT
        stored = await user.get_auth_state()
        if not stored:
            return Verdict.SIGN_IN
        token = Token(**stored)
        try:
            try:
                person = await self._authenticator.gitlab.person(token)
            except TokenRefusedError:  # it has ended
                token = await self._renewed(user, token)
                person = await self._authenticator.gitlab.person(token)
            if token.expires - EARLY < time.time():
                token = await self._renewed_early(user, token)
        except TokenRefusedError as error:
            self._log.info("GitLab refuses the token of %s (%s): to sign in again", user.name, error)
            # a token of an application that was replaced says nothing of its owner
            same = token.client_id == self._authenticator.client_id
            return Verdict.SIGN_IN if same else Verdict.EXCUSED
        except BlockedError as error:
            self._log.warning("GitLab does not let %s in: %s", user.name, error)
            blocked = any(word in str(error) for word in ("blocked", "deactivated"))
            return Verdict.OUT if blocked else Verdict.EXCUSED  # new terms of service, a password that has expired
        if not self._authenticator.rules.admits(person) or self._authenticator.owner(person) != owner(user):
            return Verdict.OUT
        store(user, self._authenticator.model(person, token))
        return Verdict.ADMITTED

    async def _renewed(self, user: Any, token: Token) -> Token:
        """A new token, stored before it is used: the old one has ended."""
        new = await self._authenticator.gitlab.renewed(token, self._authenticator.oauth_callback_url)
        stored = await user.get_auth_state()
        if stored and stored["refresh_token"] != token.refresh_token:  # somebody has just signed in
            return Token(**stored)
        await user.save_auth_state(new.stored())
        return new

    async def _renewed_early(self, user: Any, token: Token) -> Token:
        try:
            return await self._renewed(user, token)
        except Unavailable as error:
            self._log.warning("GitLab: no new token for %s yet: %s", user.name, error)
            return token

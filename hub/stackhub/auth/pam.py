"""STACK_AUTH=pam: the host's accounts, for members of one of the host's groups."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from functools import partial
from typing import Any

from jupyterhub.auth import PAMAuthenticator
from tornado.ioloop import PeriodicCallback
from traitlets import Integer, Unicode, default
from traitlets.config import Config

from stackhub.auth import pam_accounts, revocation
from stackhub.auth.local import name_is_valid
from stackhub.auth.lockout import Lockout
from stackhub.auth.pam_accounts import Account, UnreadableError
from stackhub.auth.password_queue import PasswordQueue
from stackhub.names import is_taken, owner
from stackhub.pages.handlers import HANDLERS
from stackhub.pages.sign_in_errors import SignInError
from stackhub.settings import Settings

AUTHENTICATOR = "pam"
ANSWER_SECONDS = 1
"""Seconds until a wrong password is answered, so that the response time doesn't reveal which accounts exist."""


class ServerAuthenticator(PAMAuthenticator):
    """JupyterHub's PAM authenticator, with users identified by name and number, and their access rechecked."""

    group = Unicode(config=True, help="The group whose members have access.")
    admin_group = Unicode(config=True, help="The group whose members have access and are administrators; empty: none.")
    check_interval = Integer(120, config=True, help="Seconds after which a user's access is checked again.")
    sign_in_help = "server-account"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lockout = Lockout()
        self.queue = PasswordQueue(self.executor)

    @default("auth_refresh_age")
    def _auth_refresh_age_default(self) -> int:
        return int(self.check_interval)

    @property
    def trouble(self) -> str:
        """Why nobody can sign in, a key of sign_in_errors.ERRORS; "" if people can."""
        try:
            pam_accounts.check_readable()
        except UnreadableError as error:
            self.log.error("Cannot read the host's accounts: %s. See: stackctl up", error)
            return "unreadable"
        return ""

    @staticmethod
    def owner(account: Account) -> str:
        """The identity that owns a person's files. A reused name usually has a different number."""
        return f"{account.name}:{account.uid}#{AUTHENTICATOR}"

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """The user's model, or None if name and password don't match.

        Raises SignInError if the name is locked, or the account has no access although the password is right.
        """
        began = time.monotonic()
        name = self.normalize_username(data.get("username", ""))
        self.lockout.check(name)
        if trouble := self.trouble:
            raise SignInError(trouble)
        account = None
        if name_is_valid(name):  # no account can have an invalid name, so don't remember it
            self.lockout.add(name)
            account = pam_accounts.find(name)
        right = await self._is_right(account, data.get("password", ""), handler.request.remote_ip)
        if not account or not right:
            await asyncio.sleep(began + ANSWER_SECONDS - time.monotonic())
            return None
        self.lockout.forget(name)
        if reason := await self._refusal(account):
            raise reason
        if is_taken(handler.find_user(name), self.owner(account)):
            raise SignInError("name-taken", username=name)
        return {"name": name, **self._model(account)}

    async def _is_right(self, account: Account | None, password: str, client: str) -> bool:
        """Whether a password is right. A name without an account waits in the queue like any other."""
        check = partial(pam_accounts.password_is_right, account, password) if account else bool
        return bool(await self._asking_pam(self.queue.run(client, check)))

    async def _asking_pam(self, answer: Awaitable[Any]) -> Any:
        """Await `answer`. Raises SignInError if the accounts can't be read."""
        try:
            return await answer
        except UnreadableError as error:
            self.log.error("Cannot read the host's accounts: %s", error)
            raise SignInError("unreadable") from error

    async def _refusal(self, account: Account) -> SignInError | None:
        """Why `account` has no access, or None."""
        if not pam_accounts.is_in(account, self.group) and not self._is_admin(account):
            return SignInError("not-member", username=account.name, group=self.group)
        trouble = await self._asking_pam(
            asyncio.get_running_loop().run_in_executor(self.executor, pam_accounts.trouble, account)
        )
        return SignInError(trouble, username=account.name) if trouble else None

    def _is_admin(self, account: Account) -> bool:
        return bool(self.admin_group) and pam_accounts.is_in(account, self.admin_group)

    def _model(self, account: Account) -> dict[str, Any]:
        """What JupyterHub saves about a user."""
        info = {"owner": self.owner(account), "username": account.name, "name": account.full_name}
        return {"admin": self._is_admin(account), "groups": list(account.groups), "user_info": info}

    async def check_allowed(self, username: Any, authentication: Any = None) -> bool:  # noqa: ARG002
        return True  # authenticate has checked

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:  # noqa: ARG002
        """Whether `user` still has access. Saves what has changed."""
        if not owner(user).endswith(f"#{AUTHENTICATOR}"):  # from another authenticator
            return False
        if self.trouble:  # says nothing about this user
            return True
        account = pam_accounts.find(user.name)
        if account is None or self.owner(account) != owner(user):
            return False
        try:
            reason = await self._refusal(account)
        except SignInError:
            return True
        if reason and reason.kind != "must-change":  # they have access, with a new password
            return False
        revocation.store(user, self._model(account))
        return True

    async def sweep(self) -> None:
        """Recheck everybody with a running server, and stop the servers of those without access."""
        app: Any = self.parent  # the JupyterHub application
        for user in [user for user in app.users.values() if user.active]:
            try:
                if not await self.refresh_user(user):
                    await revocation.stop_servers(app, user, "no longer has access")
            except Exception:
                self.log.exception("Cannot recheck the access of %s", user.name)

    async def add_user(self, user: Any) -> None:
        """Do nothing: JupyterHub would look up a host account for every user, those of other authenticators included."""

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        # twice per interval; PeriodicCallback takes milliseconds
        PeriodicCallback(self.sweep, self.check_interval * 1000 / 2).start()
        return [*HANDLERS, *super().get_handlers(app)]


def configure(c: Config, settings: Settings) -> None:
    """Sign people in with the host's accounts."""
    c.JupyterHub.authenticator_class = ServerAuthenticator
    server = c.ServerAuthenticator
    server.group = settings.pam_group
    server.admin_group = settings.pam_admin_group
    # PAM sessions need root and a process of the account. Notebooks run in containers instead.
    server.open_sessions = False
    server.executor_threads = 1  # password guessing uses at most one core
    server.manage_groups = True
    server.any_allow_config = True
    server.refresh_pre_spawn = True

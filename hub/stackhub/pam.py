"""STACK_AUTH=pam: the server's own accounts, of whoever is in a group of the server's."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from jupyterhub.auth import PAMAuthenticator
from tornado.ioloop import PeriodicCallback
from traitlets import Integer, Unicode, default
from traitlets.config import Config

from . import admission, server_accounts
from .attempts import Attempts
from .handlers import HANDLERS
from .local import name_is_valid
from .names import is_somebody_else, owner
from .pages import SignInError
from .server_accounts import Account, UnreadableError
from .settings import Settings

WAY = "pam"
ANSWER_SECONDS = 1
"""After which a wrong password is answered: how long a look at it took would tell which accounts there are."""


class ServerAuthenticator(PAMAuthenticator):
    """JupyterHub's, with people known by name and number, and looked at again while they are here."""

    group = Unicode(config=True, help="Whose members may enter.")
    admin_group = Unicode(config=True, help="Whose members may enter too, and are administrators; empty: nobody's.")
    check_interval = Integer(120, config=True, help="Seconds after which somebody who is here is looked at again.")
    sign_in_help = "server_account"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.attempts = Attempts()

    @default("auth_refresh_age")
    def _auth_refresh_age_default(self) -> int:
        return int(self.check_interval)

    @property
    def trouble(self) -> str:
        """Why nobody can come in, as a kind of texts.ERRORS; "" when people can."""
        try:
            server_accounts.check_readable()
        except UnreadableError as error:
            self.log.error("The server's accounts: %s. See: stackctl up", error)
            return "unreadable"
        return ""

    @staticmethod
    def owner(account: Account) -> str:
        """What a person's files stand under: a name that is given up and used again has another number, as a rule."""
        return f"{account.name}:{account.uid}#{WAY}"

    async def authenticate(self, handler: Any, data: dict[str, str]) -> dict[str, Any] | None:
        """Who has filled in the form, or None when name and password do not match.

        Raises SignInError when the name is locked, or the right password is not enough.
        """
        began = time.monotonic()
        name = self.normalize_username(data.get("username", ""))
        self.attempts.check(name)
        if trouble := self.trouble:
            raise SignInError(trouble)
        account = None
        if name_is_valid(name):  # what can be no account's name need not be remembered, whatever its size
            self.attempts.add(name)
            account = server_accounts.find(name)
        if not account or not await self._in_thread(server_accounts.password_is_right, account, data.get("password", "")):
            await asyncio.sleep(began + ANSWER_SECONDS - time.monotonic())
            return None
        self.attempts.forget(name)
        if reason := await self._refusal(account):
            raise reason
        if is_somebody_else(handler.find_user(name), self.owner(account)):
            raise SignInError("name-taken", username=name)
        return {"name": name, **self._model(account)}

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        """What PAM says. Raises SignInError when it cannot say."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.executor, function, *arguments)
        except UnreadableError as error:
            self.log.error("The server's accounts: %s", error)
            raise SignInError("unreadable") from error

    async def _refusal(self, account: Account) -> SignInError | None:
        """Why `account` may not enter, or None."""
        if not server_accounts.is_in(account, self.group) and not self._is_admin(account):
            return SignInError("not-member", username=account.name, group=self.group)
        trouble = await self._in_thread(server_accounts.trouble, account)
        return SignInError(trouble, username=account.name) if trouble else None

    def _is_admin(self, account: Account) -> bool:
        return bool(self.admin_group) and server_accounts.is_in(account, self.admin_group)

    def _model(self, account: Account) -> dict[str, Any]:
        """What JupyterHub stores of somebody."""
        info = {"owner": self.owner(account), "username": account.name, "name": account.full_name}
        return {"admin": self._is_admin(account), "groups": list(account.groups), "user_info": info}

    async def check_allowed(self, username: Any, authentication: Any = None) -> bool:  # noqa: ARG002
        return True  # authenticate has looked

    async def refresh_user(self, user: Any, handler: Any = None, **_: Any) -> bool:  # noqa: ARG002
        """False when `user` may not be here any more. What has changed is stored."""
        if not owner(user).endswith(f"#{WAY}"):  # came another way
            return False
        if self.trouble:  # says nothing about anybody
            return True
        account = server_accounts.find(user.name)
        if account is None or self.owner(account) != owner(user):
            return False
        try:
            reason = await self._refusal(account)
        except SignInError:
            return True
        if reason and reason.kind != "must-change":  # they could come in, with a new password
            return False
        admission.store(user, self._model(account))
        return True

    async def sweep(self) -> None:
        """Look at everybody whose server runs, and stop the servers of those who may not be here."""
        app: Any = self.parent  # JupyterHub itself
        for user in [user for user in app.users.values() if user.active]:
            try:
                if not await self.refresh_user(user):
                    await admission.stop_servers(app, user, "may not be here any more")
            except Exception:
                self.log.exception("The server's accounts: cannot look at %s", user.name)

    async def add_user(self, user: Any) -> None:
        """Nothing: JupyterHub would look for an account of the server's for each user that another way in has left."""

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        # twice an interval, which is in seconds, and this in milliseconds
        PeriodicCallback(self.sweep, self.check_interval * 1000 / 2).start()
        return [*HANDLERS, *super().get_handlers(app)]


def configure(c: Config, settings: Settings) -> None:
    """Sign people in with the server's own accounts."""
    c.JupyterHub.authenticator_class = ServerAuthenticator
    server = c.ServerAuthenticator
    server.group = settings.pam_group
    server.admin_group = settings.pam_admin_group
    # A session is opened by root, for a process of the account's own. Neither is here: notebooks are in containers.
    server.open_sessions = False
    server.executor_threads = 1  # guessing costs one core at most
    server.manage_groups = True
    server.any_allow_config = True
    server.refresh_pre_spawn = True

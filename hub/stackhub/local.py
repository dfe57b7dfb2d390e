"""STACK_AUTH=local: accounts that the operator makes with `stackctl users`."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bcrypt
from jupyterhub import orm
from jupyterhub.apihandlers import APIHandler
from jupyterhub.roles import assign_default_roles
from jupyterhub.scopes import needs_scope
from nativeauthenticator.handlers import ChangePasswordHandler
from nativeauthenticator.nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from tornado import web
from traitlets.config import Config

from .attempts import Attempts
from .handlers import HANDLERS
from .names import owner

MAX_NAME = 200
MAX_PASSWORD = 72
"""Bytes; bcrypt's own limit."""

MIN_PASSWORD = 8
NAME_RULE = (
    f"A user name has 1 to {MAX_NAME} letters (of any script), digits and . _ - @ +, and starts with a letter or a digit."
)
_UNKNOWN = bcrypt.hashpw(b"nobody", bcrypt.gensalt())

# One thread of its own: guessing costs one core at most, and nothing else that waits for a thread, such as the look-up of
# a notebook server's name, waits behind it.
_HASHING = ThreadPoolExecutor(1, thread_name_prefix="bcrypt")


def name_is_valid(name: str) -> bool:
    """Whether `name` follows NAME_RULE."""
    return (
        0 < len(name) <= MAX_NAME
        and name[0].isalnum()
        and all(char.isalnum() or char in "._-@+" or unicodedata.category(char) in ("Mn", "Mc") for char in name)
    )


class LocalAuthenticator(NativeAuthenticator):
    """NativeAuthenticator without its sign-up: only the operator makes accounts."""

    enable_signup = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.attempts = Attempts()

    def normalize_username(self, username: str) -> str:
        """Lower case and one form for every spelling of a letter: `é` may be one character or two."""
        return str(super().normalize_username(unicodedata.normalize("NFKC", username)))

    def validate_username(self, username: str) -> bool:
        return name_is_valid(username)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:  # noqa: ARG002
        """The user's name when name and password match, else None.

        Raises SignInError while the account is locked. A name that does not exist takes as long and locks the same
        way, so that neither tells which accounts exist.
        """
        name = self.normalize_username(data.get("username", ""))
        self.attempts.check(name)
        password = data.get("password", "").encode()
        account = self.get_user(name)
        known = account.password if account else _UNKNOWN
        if name_is_valid(name):  # what can be no account's name need not be remembered, whatever its size
            self.attempts.add(name)
        loop = asyncio.get_running_loop()
        right = len(password) <= MAX_PASSWORD and await loop.run_in_executor(_HASHING, bcrypt.checkpw, password, known)
        if account and right:
            self.attempts.forget(name)
            self.check_is_local(name)
            return name
        return None

    def check_is_local(self, name: str) -> None:
        """Raises HTTPError 403 when the hub's user of this name came another way: the files are theirs."""
        user = orm.User.find(self.db, name)
        if user and owner(user):
            place = owner(user).partition("#")[2]
            raise web.HTTPError(403, f"{name} is an account of {place}. To end that: stackctl users remove {name}")

    async def refresh_user(self, user: Any, handler: Any = None) -> bool:  # noqa: ARG002
        return not owner(user)  # who came another way is none of ours, with an API token or a cookie from then either

    def is_password_strong(self, password: str) -> bool:
        return len(password) >= MIN_PASSWORD and len(password.encode()) <= MAX_PASSWORD

    def set_password(self, username: str, password: str) -> None:
        """Make the account, or give it a new password, and unlock it."""
        account = self.get_user(username)
        if account is None:
            account = UserInfo(username=username, password=b"", is_authorized=True)
            self.db.add(account)
        account.password = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        self.db.commit()
        self.attempts.forget(username)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ARG002
        return [
            *HANDLERS,
            ("/change-password", ChangeOwnPassword),
            (r"/api/users/([^/]+)/account", AccountHandler),
        ]


class ChangeOwnPassword(ChangePasswordHandler):
    """NativeAuthenticator's page, which fails on passwords that bcrypt does not take."""

    def prepare(self) -> Any:
        for name in ("old_password", "new_password"):
            if len(self.get_body_argument(name, "", strip=False).encode()) > MAX_PASSWORD:
                raise web.HTTPError(400, f"A password has at most {MAX_PASSWORD} bytes.")
        return super().prepare()


class AccountHandler(APIHandler):
    """`PUT /hub/api/users/NAME/account` with `{"password": str, "admin": bool | null}`: makes the account or changes it."""

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    def put(self, name: str) -> None:
        name = self.authenticator.normalize_username(name)
        if not name_is_valid(name):
            raise web.HTTPError(400, NAME_RULE)
        body = self.get_json_body() or {}
        password = body.get("password", "")
        if not self.authenticator.is_password_strong(password):
            raise web.HTTPError(400, f"A password has {MIN_PASSWORD} characters or more, and at most {MAX_PASSWORD} bytes.")
        user = self.find_user(name)
        self._check_may_change(user, body.get("admin"))
        self.authenticator.check_is_local(name)
        created = user is None
        if created:
            user = self.user_from_username(name)
        if body.get("admin") is not None:
            user.admin = body["admin"]
            assign_default_roles(self.db, entity=user.orm_user)
        self.authenticator.set_password(name, password)
        self.set_status(201 if created else 200)
        self.finish(json.dumps({"name": name, "admin": user.admin, "created": created}))

    def _check_may_change(self, user: Any, admin: bool | None) -> None:
        """JupyterHub's own rule for the scope admin:users: only administrators change or make administrators."""
        trusted = self.current_user.admin or (self.current_user.kind, self.current_user.name) == ("service", "stackctl")
        if not trusted and (admin or (user and user.admin)):
            raise web.HTTPError(403, "Only administrators can change or make administrators.")


def configure(c: Config) -> None:
    """Let in whoever has an account."""
    c.JupyterHub.authenticator_class = LocalAuthenticator
    c.LocalAuthenticator.allow_all = True  # everyone who has an account; only the operator makes them
    c.LocalAuthenticator.minimum_password_length = MIN_PASSWORD

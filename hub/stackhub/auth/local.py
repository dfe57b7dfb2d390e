"""STACK_AUTH=local: accounts that the operator creates with `stackctl users`."""

from __future__ import annotations

import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import bcrypt
from jupyterhub import orm
from jupyterhub.apihandlers import APIHandler
from jupyterhub.roles import assign_default_roles
from jupyterhub.scopes import needs_scope
from nativeauthenticator.nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from tornado import web
from traitlets.config import Config

from stackhub.auth import sessions
from stackhub.auth.change_password import ChangeOwnPassword
from stackhub.auth.lockout import Lockout
from stackhub.auth.password_queue import PasswordQueue
from stackhub.names import owner
from stackhub.pages.handlers import HANDLERS

MAX_NAME = 200
MAX_PASSWORD = 72
"""Bytes; bcrypt's own limit."""

MIN_PASSWORD = 8
PASSWORD_RULE = f"Passwords must have at least {MIN_PASSWORD} characters and at most {MAX_PASSWORD} bytes."
NAME_RULE = (
    f"User names have 1 to {MAX_NAME} letters (of any script), digits and . _ - @ +, and start with a letter or digit."
)

_UNKNOWN = b"$2b$12$o/gRhWJEuvtaPjRoogcfX.hkwq8QYgDFkagBtjGWZzi1cemks/TRe"
"""What the password of an account that does not exist is compared with: it takes as long as any other."""


def name_is_valid(name: str) -> bool:
    """Whether `name` follows NAME_RULE."""
    return (
        0 < len(name) <= MAX_NAME
        and name[0].isalnum()
        and all(char.isalnum() or char in "._-@+" or unicodedata.category(char) in ("Mn", "Mc") for char in name)
    )


class LocalAuthenticator(NativeAuthenticator):
    """NativeAuthenticator without sign-up: only the operator creates accounts."""

    enable_signup = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lockout = Lockout()
        # a thread of its own: password guessing uses at most one core, and doesn't delay other work that needs a thread
        self.queue = PasswordQueue(ThreadPoolExecutor(1, thread_name_prefix="bcrypt"))

    def normalize_username(self, username: str) -> str:
        """Lower case, in Unicode's normal form: `é` may be one character or two."""
        return str(super().normalize_username(unicodedata.normalize("NFKC", username)))

    def validate_username(self, username: str) -> bool:
        return name_is_valid(username)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The user's name if name and password match, else None.

        Raises SignInError if the account is locked or too many wait. A name that doesn't exist takes as long and is locked
        in the same way: neither reveals which accounts exist.
        """
        name = self.normalize_username(data.get("username", ""))
        self.lockout.check(name)
        password = data.get("password", "").encode()
        account = self.get_user(name)
        stored = account.password if account else _UNKNOWN
        if name_is_valid(name):  # no account can have an invalid name, so don't remember it
            self.lockout.add(name)
        check = partial(bcrypt.checkpw, password, stored)
        right = len(password) <= MAX_PASSWORD and await self.queue.run(handler.request.remote_ip, check)
        if account and right:
            self.lockout.forget(name)
            self.check_is_local(name)
            return name
        return None

    def check_is_local(self, name: str) -> None:
        """Raises HTTPError 403 if the hub's user of this name is from another authenticator: the files are theirs."""
        user = orm.User.find(self.db, name)
        if user and owner(user):
            place = owner(user).partition("#")[2]
            raise web.HTTPError(403, f"{name} is an account of {place}. To remove it, run: stackctl users remove {name}")

    async def refresh_user(self, user: Any, handler: Any = None) -> bool:  # noqa: ARG002
        return not owner(user)  # rejects cookies and API tokens of users of another authenticator

    password_rule = PASSWORD_RULE

    def is_password_strong(self, password: str) -> bool:
        return len(password) >= MIN_PASSWORD and len(password.encode()) <= MAX_PASSWORD

    def set_password(self, username: str, password: str) -> None:
        """Create the account or change its password, and unlock it."""
        account = self.get_user(username)
        if account is None:
            account = UserInfo(username=username, password=b"", is_authorized=True)
            self.db.add(account)
        account.password = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
        self.db.commit()
        self.lockout.forget(username)

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:  # noqa: ARG002
        return [
            *HANDLERS,
            ("/change-password", ChangeOwnPassword),
            (r"/api/users/([^/]+)/account", AccountHandler),
        ]


class AccountHandler(APIHandler):
    """`PUT /hub/api/users/NAME/account` with `{"password": str, "admin": bool | null}`: create or change an account."""

    @needs_scope("admin:users")  # type: ignore[untyped-decorator]
    def put(self, name: str) -> None:
        name = self.authenticator.normalize_username(name)
        if not name_is_valid(name):
            raise web.HTTPError(400, NAME_RULE)
        body = self.get_json_body() or {}
        password, admin = body.get("password") or "", body.get("admin")
        if not self.authenticator.is_password_strong(password):
            raise web.HTTPError(400, PASSWORD_RULE)
        user = self.find_user(name)
        self._check_may_change(user, admin)
        self.authenticator.check_is_local(name)
        created = user is None
        if created:
            user = self.user_from_username(name)
        if admin is not None:
            user.admin = admin
            assign_default_roles(self.db, entity=user.orm_user)
        self.authenticator.set_password(name, password)
        sessions.end_all(user)
        self.set_status(201 if created else 200)
        self.finish(json.dumps({"name": name, "admin": user.admin, "created": created}))

    def _check_may_change(self, user: Any, admin: bool | None) -> None:
        """Only administrators may change or create administrators: JupyterHub's rule for the scope admin:users."""
        trusted = self.current_user.admin or (self.current_user.kind, self.current_user.name) == ("service", "stackctl")
        if not trusted and (admin or (user and user.admin)):
            raise web.HTTPError(403, "Only administrators can change or create administrators.")


def configure(c: Config) -> None:
    """Let everybody with an account sign in."""
    c.JupyterHub.authenticator_class = LocalAuthenticator
    c.LocalAuthenticator.allow_all = True  # only the operator creates accounts

"""A hub without JupyterHub: our authenticator, the users it knows, and a stand-in GitLab."""

from __future__ import annotations

import time
from typing import Any

from jupyterhub import orm
from jupyterhub.roles import create_role, get_default_roles
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from traitlets.config import Configurable

from stackhub.auth.gitlab import GitLabAuthenticator
from stackhub.auth.gitlab_api import Token
from stackhub.auth.membership import Rules
from tests.standins.gitlab.running import Running

SCOPES = ["openid", "read_user"]
CALLBACK = "http://127.0.0.1:8000/hub/oauth_callback"


class FakeSpawner:
    """A running notebook server."""

    ready = True
    pending = None


class FakeUser:
    """The part of JupyterHub's User that the authenticator uses."""

    def __init__(self, hub: Hub, name: str, user_info: dict[str, Any], auth_state: dict[str, Any] | None) -> None:
        self.hub, self.db = hub, hub.db
        self.orm_user = orm.User(name=name, user_info=user_info)
        hub.db.add(self.orm_user)
        hub.db.commit()
        self.auth_state = auth_state
        self.groups: list[str] = []
        self.admin = False
        self.spawners = {"": FakeSpawner()}
        hub.users[name] = self

    @property
    def name(self) -> str:
        return str(self.orm_user.name)

    @property
    def active(self) -> bool:
        return bool(self.spawners)

    @property
    def user_info(self) -> dict[str, Any]:
        return dict(self.orm_user.user_info or {})

    @user_info.setter
    def user_info(self, value: dict[str, Any]) -> None:
        self.orm_user.user_info = value  # type: ignore[assignment]

    async def get_auth_state(self) -> dict[str, Any] | None:
        return self.auth_state

    async def save_auth_state(self, state: dict[str, Any]) -> None:
        self.auth_state = state

    def sync_groups(self, names: list[str]) -> None:
        self.groups = names

    async def stop(self, name: str) -> None:
        del self.spawners[name]


class Hub(Configurable):
    """The part of the JupyterHub application that the authenticator uses."""

    def __init__(self) -> None:
        super().__init__()
        engine = create_engine("sqlite://")
        orm.Base.metadata.create_all(engine)
        self.db = Session(engine)
        for role in get_default_roles():
            create_role(self.db, role)
        self.users: dict[str, FakeUser] = {}
        self.proxy = self

    async def delete_user(self, user: FakeUser, name: str) -> None:
        """A method of the proxy."""


class Signed:
    """Alice, signed in with `gitlab`, and the authenticator."""

    def __init__(self, gitlab: Running, **rules: str) -> None:
        self.gitlab, self.state, self.hub = gitlab, gitlab.state, Hub()
        self.application, secret = self.state.add_application("The lab", CALLBACK, SCOPES)
        defaults = dict.fromkeys(("allowed_groups", "admin_groups", "allowed_users", "admin_users"), "") | {
            "allow_all": "false"
        }
        self.authenticator = GitLabAuthenticator(
            parent=self.hub,
            gitlab_url=gitlab.url,
            client_id=self.application.uid,
            client_secret=secret,
            accounts="gitlab.example.org",
            oauth_callback_url=CALLBACK,
            rules=Rules.parse(**{**defaults, "allowed_groups": "data", **rules}),
            manage_groups=True,
        )
        self.state.add_group("data")
        self.person = self.state.add_user("alice", name="Alice Liddell")
        gitlab.control.add_member("data", "alice", 30)
        self.user = self.add("alice")

    @property
    def recheck(self) -> Any:
        return self.authenticator.recheck

    def token(self, lifetime: int = 7200) -> Token:
        """A new token of alice."""
        made = self.state.add_access_token(self.application, self.person, SCOPES, lifetime, refreshable=True)
        return Token(made.value, made.refresh_value, time.time() + lifetime, self.application.uid)

    def add(self, name: str) -> FakeUser:
        """Alice in the hub's database."""
        return FakeUser(self.hub, name, {"owner": f"{self.person.id}#gitlab.example.org"}, self.token().stored())

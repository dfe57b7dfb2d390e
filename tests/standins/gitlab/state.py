"""GitLab's tables and their queries. Names are user names and full group paths; case does not matter, as in GitLab."""

from __future__ import annotations

import itertools
import secrets
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.standins.gitlab.model import (
    AccessToken,
    Application,
    Grant,
    Group,
    PersonalToken,
    Project,
    Session,
    User,
)
from tests.standins.gitlab.repository import create_repository, run_git


@dataclass
class Settings:
    """The settings of an administrator or operator."""

    url: str = ""
    """GitLab's own address, external_url, without a trailing slash."""
    version: str = "19.0.1"
    token_lifetime: int = 7200
    """Seconds: access_token_expires_in in config/initializers/doorkeeper.rb."""
    admin_mode: bool = False
    """doc/administration/settings/sign_in_restrictions.md, 'Admin Mode'."""


class State:
    """All of GitLab's data. A new GitLab has an administrator, `root`, with the id 1."""

    ROOT_PASSWORD = "root-passw0rd"

    def __init__(self) -> None:
        self.settings = Settings()
        self.clock_ahead = 0.0
        """How many seconds this clock is ahead of the machine's."""
        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.memberships: dict[tuple[int, int], int] = {}
        """(group id, user id) to the access level; direct ones only."""
        self.personal_tokens: list[PersonalToken] = []
        self.applications: dict[int, Application] = {}
        self.grants: dict[str, Grant] = {}
        self.tokens: list[AccessToken] = []
        self.sessions: dict[str, Session] = {}
        self.projects: list[Project] = []
        self._ids = {kind: itertools.count(1) for kind in ("user", "group", "token", "application")}
        self._repositories = tempfile.TemporaryDirectory(prefix="gitlab-", ignore_cleanup_errors=True)
        self.add_user("root", name="Administrator", password=self.ROOT_PASSWORD, admin=True)

    def close(self) -> None:
        """Delete the repositories."""
        self._repositories.cleanup()

    def now(self) -> float:
        """Seconds since 1970, on this GitLab's clock."""
        return time.time() + self.clock_ahead

    def version_is(self, major: int, minor: int) -> bool:
        """Whether this GitLab is version `major`.`minor` or newer."""
        mine = self.settings.version.split("-")[0].split(".")
        return (int(mine[0]), int(mine[1])) >= (major, minor)

    # people

    def add_user(self, username: str, **given: object) -> User:
        """Create an account. `given`: fields of User; the default password is random."""
        if self.find_user(username):
            raise ValueError(f"there is a user {username} already")
        values = {"name": username, "email": f"{username}@example.org", "password": secrets.token_urlsafe(), **given}
        user = User(next(self._ids["user"]), username, created_at=self.now(), **values)  # type: ignore[arg-type]
        self.users[user.id] = user
        return user

    def find_user(self, login: str) -> User | None:
        """By user name or, with an @, by primary e-mail address: scope by_login in app/models/user.rb."""
        wanted = login.strip().casefold()
        found = (user for user in self.users.values() if wanted in (user.username.casefold(), user.email.casefold()))
        return next(found, None)

    def user(self, username: str) -> User:
        """The user of that name. Raises KeyError."""
        if user := self.find_user(username):
            return user
        raise KeyError(username)

    def delete_user(self, username: str) -> None:
        """Delete an account with its memberships, tokens and applications: the has_many in app/models/user.rb."""
        user = self.users.pop(self.user(username).id)
        self.memberships = {key: level for key, level in self.memberships.items() if key[1] != user.id}
        self.personal_tokens = [token for token in self.personal_tokens if token.user is not user]
        self.tokens = [token for token in self.tokens if token.user is not user]
        self.grants = {code: grant for code, grant in self.grants.items() if grant.user is not user}
        self.sessions = {key: session for key, session in self.sessions.items() if session.user is not user}
        for application in [item for item in self.applications.values() if item.owner is user]:
            self.delete_application(application)

    # groups

    def add_group(self, full_path: str, name: str = "") -> Group:
        """Create a group. Its parent groups must exist."""
        parent_path, _, path = full_path.rpartition("/")
        parent = self.group(parent_path) if parent_path else None
        group = Group(next(self._ids["group"]), path, name or path, parent, self.now())
        self.groups[group.id] = group
        return group

    def find_group(self, id_or_path: str) -> Group | None:
        """By id or full path: find_group in lib/api/helpers.rb."""
        if id_or_path.isdecimal():
            return self.groups.get(int(id_or_path))
        wanted = id_or_path.casefold()
        return next((group for group in self.groups.values() if group.full_path.casefold() == wanted), None)

    def group(self, full_path: str) -> Group:
        """The group of that path. Raises KeyError."""
        if group := self.find_group(full_path):
            return group
        raise KeyError(full_path)

    def level(self, user: User, group: Group) -> int:
        """The highest access level in a group or its parents; 0 for none."""
        return max(self.memberships.get((item.id, user.id), 0) for item in group.line)

    def groups_of(self, user: User, level: int = 1) -> list[Group]:
        """The groups where a person has `level` or more, directly or through a parent group."""
        return [group for group in self.groups.values() if self.level(user, group) >= level]

    def direct_groups(self, user: User, levels: Iterable[int] = range(1, 100)) -> list[Group]:
        """The groups where a person is a direct member with one of `levels`."""
        return [group for group in self.groups.values() if self.memberships.get((group.id, user.id), 0) in levels]

    def members(self, group: Group) -> Iterator[tuple[User, int]]:
        """All members of a group, including inherited ones, with their highest level."""
        for user in self.users.values():
            if level := self.level(user, group):
                yield user, level

    # tokens and applications

    def add_personal_token(self, username: str, scopes: list[str], lifetime: float | None = None) -> PersonalToken:
        """Create a personal access token that expires in `lifetime` seconds, or never."""
        expires_at = None if lifetime is None else self.now() + lifetime
        number, user = next(self._ids["token"]), self.user(username)
        value = f"glpat-{secrets.token_urlsafe(15)}"  # app/models/personal_access_token.rb
        token = PersonalToken(number, user, f"token {number}", scopes, value, expires_at, created_at=self.now())
        self.personal_tokens.append(token)
        return token

    def add_application(self, name: str, redirect_uri: str, scopes: list[str], **given: object) -> tuple[Application, str]:
        """Create an application. Returns it and its secret. `given`: confidential, trusted, owner."""
        uid = secrets.token_hex(32)
        application = Application(next(self._ids["application"]), uid, name, redirect_uri, scopes, **given)  # type: ignore[arg-type]
        self.applications[application.id] = application
        return application, application.renew_secret()

    def delete_application(self, application: Application) -> None:
        """Delete an application, and all grants and tokens with it: doc/integration/oauth_provider.md."""
        del self.applications[application.id]
        self.tokens = [token for token in self.tokens if token.application is not application]
        self.grants = {code: grant for code, grant in self.grants.items() if grant.application is not application}

    def find_application(self, uid: str) -> Application | None:
        return next((item for item in self.applications.values() if item.uid == uid), None)

    def add_access_token(
        self, application: Application, user: User | None, scopes: list[str], lifetime: int, *, refreshable: bool
    ) -> AccessToken:
        """A new access token, 64 hexadecimal digits (default_generator_method :hex), valid for `lifetime` seconds."""
        refresh = secrets.token_hex(32) if refreshable else ""
        token = AccessToken(application, user, scopes, lifetime, self.now(), secrets.token_hex(32), refresh)
        self.tokens.append(token)
        return token

    def find_access_token(self, value: str) -> AccessToken | None:
        return next((token for token in self.tokens if token.value == value), None)

    def find_refresh_token(self, value: str) -> AccessToken | None:
        return next((token for token in self.tokens if value and token.refresh_value == value), None)

    def expires_in(self, token: AccessToken) -> int:
        """The remaining seconds, at least 0."""
        return max(0, round(token.created_at + token.lifetime - self.now()))

    def is_expired(self, item: AccessToken | Grant | PersonalToken) -> bool:
        if isinstance(item, PersonalToken):
            return item.expires_at is not None and self.now() >= item.expires_at
        return self.now() > item.created_at + item.lifetime

    def is_good(self, item: AccessToken | Grant | PersonalToken) -> bool:
        """Neither expired nor revoked."""
        return not item.revoked and not self.is_expired(item)

    # repositories

    def add_project(self, group_path: str, path: str) -> Project:
        """Create a private project with one commit on the branch main."""
        folder = Path(self._repositories.name) / f"{len(self.projects) + 1}.git"
        project = Project(self.group(group_path), path, str(folder))
        create_repository(folder)
        self.projects.append(project)
        return project

    def find_project(self, full_path: str) -> Project | None:
        wanted = full_path.casefold()
        return next((item for item in self.projects if item.full_path.casefold() == wanted), None)

    def read_file(self, project_path: str, name: str) -> str:
        """A file's text at the head of the branch main. Raises KeyError if it does not exist."""
        if not (project := self.find_project(project_path)):
            raise KeyError(project_path)
        try:
            return run_git(project.folder, "show", f"main:{name}")
        except subprocess.CalledProcessError:
            raise KeyError(name) from None

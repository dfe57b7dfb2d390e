"""The stack with sign-in through a stand-in GitLab, which has a CA of its own and lies behind a sub-path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.stack.gitlab_person import INTERVAL, PASSWORD, GitlabPerson
from tests.stack.person import Person
from tests.stack.running import Stack
from tests.standins.gitlab.client import Control
from tests.standins.gitlab.container import Gitlab

SETTINGS = {
    "STACK_TITLE": "The data lab",
    "GITLAB_ALLOWED_GROUPS": "data",
    "GITLAB_ADMIN_GROUPS": "ops:maintainer",
}


@pytest.fixture(scope="package")
def server(stack: Stack) -> Iterator[Gitlab]:
    """The GitLab, before the stack knows of it: groups data, data/lab and ops, and a private project data/lab/private."""
    with Gitlab(f"{stack.name}-gitlab", f"{stack.name}-users", "/gitlab") as running:
        for group in ("data", "data/lab", "ops"):
            running.control.add_group(group)
        running.control.add_project("data/lab", "private")
        yield running


@pytest.fixture(scope="package")
def token(server: Gitlab) -> str:
    """An administrator's access token."""
    return server.control.add_token("root", ["api"])


@pytest.fixture(scope="package")
def settings(server: Gitlab) -> dict[str, str]:
    """What .env says of this GitLab."""
    return {**SETTINGS, "GITLAB_URL": server.url, "GITLAB_CA_FILE": str(server.ca_file)}


@pytest.fixture(scope="package")
def gitlab(stack: Stack, admin: Person, server: Gitlab, settings: dict[str, str], token: str) -> Iterator[Gitlab]:
    """The GitLab that people sign in with. Afterwards the stack has local accounts again."""
    before = users(stack)
    quick = stack.root / "hub" / "conf.d" / "quick.py"
    quick.write_text(f"c.GitLabAuthenticator.check_interval = {INTERVAL}\n")
    stack.configure(**settings)
    try:
        stack.ctl("gitlab", "register", "--other-gitlab", GITLAB_TOKEN=token)
        yield server
    finally:
        server.control.clear_faults()
        stack.ctl("gitlab", "revoke", "--confirm", stack.name, GITLAB_TOKEN=token)
        quick.unlink()
        stack.configure()
        stack.ctl("up", "--yes")
        admin.remove_users(users(stack) - before)


def users(stack: Stack) -> set[str]:
    """The names of the hub's users."""
    return {row["name"] for row in json.loads(stack.ctl("users", "list", "--json").out)}


@pytest.fixture(scope="package")
def control(gitlab: Gitlab) -> Control:
    """What GitLab's administrator does."""
    return gitlab.control


@pytest.fixture(autouse=True)
def no_faults(server: Gitlab) -> Iterator[None]:
    """Faults end with the test that made them."""
    yield
    server.control.clear_faults()


@pytest.fixture(scope="package")
def new_member(stack: Stack, gitlab: Gitlab) -> Callable[..., GitlabPerson]:
    """Makes a GitLab account, by default a developer in the group data."""

    def make(username: str, group: str = "data", level: int = 30, name: str = "") -> GitlabPerson:
        email = f"{len(username)}-{username[:20]}@example.org"
        gitlab.control.add_user(username, name=f"{username[:20].title()} Liddell", email=email, password=PASSWORD)
        if group:
            gitlab.control.add_member(group, username, level)
        return GitlabPerson(stack, gitlab, username, name)

    return make


@pytest.fixture(scope="package")
def carol(new_member: Callable[..., GitlabPerson]) -> GitlabPerson:
    """A member who is left alone by every test."""
    return new_member("carol")

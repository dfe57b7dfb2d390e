"""The stack with sign-in through a stand-in GitLab, which has a CA of its own and lies behind a sub-path."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.standins.gitlab.client import Control
from tests.standins.gitlab.container import Gitlab
from tests.support.gitlab_person import INTERVAL, PASSWORD, GitlabPerson
from tests.support.person import Person
from tests.support.running import Stack

SETTINGS = {
    "STACK_TITLE": "The data lab",
    "GITLAB_ALLOWED_GROUPS": "data",
    "GITLAB_ADMIN_GROUPS": "ops:maintainer",
}
QUICK = f"c.GitLabAuthenticator.check_interval = {INTERVAL}\n"


@pytest.fixture(scope="package")
def server(running: Stack) -> Iterator[Gitlab]:
    """The GitLab, before the stack knows of it: groups data, data/lab and ops, and a private project data/lab/private."""
    with Gitlab(f"{running.name}-gitlab", f"{running.name}-users", "/gitlab") as started:
        for group in ("data", "data/lab", "ops"):
            started.control.add_group(group)
        started.control.add_project("data/lab", "private")
        yield started


@pytest.fixture(scope="package")
def token(server: Gitlab) -> str:
    """An administrator's access token."""
    return server.control.add_token("root", ["api"])


@pytest.fixture(scope="package")
def settings(server: Gitlab) -> dict[str, str]:
    """What .env says of this GitLab."""
    return {**SETTINGS, "GITLAB_URL": server.url, "GITLAB_CA_FILE": str(server.ca_file)}


@pytest.fixture(scope="package")
def stack(running: Stack, local_admin: Person, server: Gitlab, settings: dict[str, str], token: str) -> Iterator[Stack]:
    """The stack whose people sign in with this GitLab. Afterwards it has local accounts again, and none of GitLab's."""
    before = running.users()
    running.prepare(settings, files={"hub/conf.d/quick.py": QUICK})
    running.ctl("gitlab", "register", "--other-gitlab", GITLAB_TOKEN=token)
    running.ctl("up", "--yes")  # with the catalogue; register starts the hub only
    yield running
    server.control.clear_faults()
    running.forget_gitlab()
    running.become()
    local_admin.remove_users(running.users() - before)


@pytest.fixture(scope="package")
def gitlab(stack: Stack, server: Gitlab) -> Gitlab:
    """The GitLab that people sign in with."""
    return server


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

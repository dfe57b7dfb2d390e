"""The stack at one address after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.stack.addresses.places import Address, certificate
from tests.stack.addresses.website import website
from tests.standins.gitlab.container import Gitlab
from tests.support.gitlab_person import PASSWORD
from tests.support.person import Person
from tests.support.running import WEBSITE, Stack


@pytest.fixture(scope="package")
def server(running: Stack) -> Iterator[Gitlab]:
    """A GitLab where gitte has an account."""
    with Gitlab(f"{running.name}-gitlab", f"{running.name}-users", "/gitlab") as started:
        started.control.add_user("gitte", email="gitte@example.org", password=PASSWORD)
        yield started


@pytest.fixture(scope="package")
def token(server: Gitlab) -> str:
    """An administrator's access token there."""
    return server.control.add_token("root", ["api"])


@pytest.fixture(scope="package")
def ada(running: Stack) -> Person:
    """Somebody with an account here, made before the stack moves."""
    return Person(running, "ada", running.add_user("ada"))


@pytest.fixture(scope="package")
def stack(running: Stack, local_admin: Person, ada: Person) -> Iterator[Stack]:
    """The stack, wherever it is. Afterwards it is where it was, and GitLab is forgotten."""
    yield running
    running.forget_gitlab()
    running.become()
    local_admin.remove_users(["gitte", "ada"])


@pytest.fixture
def address(request: pytest.FixtureRequest, stack: Stack, server: Gitlab, token: str, tmp_path: Path) -> Iterator[Address]:
    """The stack is there."""
    address: Address = request.param
    given = address.settings | {"STACK_BASE_URL": address.base_url}
    if given.get("STACK_TLS") == "files":
        given |= certificate(tmp_path)
    with ExitStack() as running:
        if address.gitlab:
            gitlab = {"GITLAB_URL": server.url, "GITLAB_CA_FILE": str(server.ca_file), "GITLAB_ALLOWED_USERS": "gitte"}
            stack.prepare(given | gitlab)
            stack.ctl("gitlab", "register", "--other-gitlab", GITLAB_TOKEN=token)
            stack.ctl("up", "--yes")  # with the catalogue; register starts the hub only
        else:
            stack.become(given)
        if address.website:
            tls = address.url.startswith("https")
            running.enter_context(website(stack, tmp_path, host=WEBSITE, base_url=address.base_url, tls=tls))
        yield address

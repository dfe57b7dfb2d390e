"""One stack for all tests in this folder, the people who use it, and its logs when a test fails."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from docker.errors import DockerException
from playwright.sync_api import Browser, Page

from tests.stack.browser import new_page
from tests.stack.names import resolved
from tests.stack.person import Person
from tests.stack.running import Stack, Talk
from tests.stack.waiting import wait_until

STACK = pytest.StashKey[Stack]()


@pytest.fixture(scope="session")
def stack(images: dict[str, str], tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The running stack. What an earlier, interrupted run left of it is removed first."""
    running = Stack(tmp_path_factory.mktemp("stack") / "checkout")
    running.remove()
    pytestconfig.stash[STACK] = running
    try:
        running.first_up = running.ctl("up", "--yes", seconds=600)
        yield running
    finally:
        running.remove()


@pytest.fixture(scope="session", autouse=True)
def names() -> Iterator[None]:
    """The name that a public stack has in tests."""
    with resolved():
        yield


@pytest.fixture
def first_up(stack: Stack) -> Talk:
    """What the first `up` said."""
    return stack.first_up


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is shown with what every container of the stack printed last."""
    report = yield
    if report.failed and (stack := item.config.stash.get(STACK, None)):
        try:
            report.sections += [(f"last lines of {name}", log) for name, log in stack.logs().items()]
        except (DockerException, requests.RequestException) as error:
            report.sections.append(("no last lines of containers", str(error)))
    return report


@pytest.fixture(scope="session")
def new_person(stack: Stack) -> Callable[[str], Person]:
    """Makes an account, once for each name."""
    people: dict[str, Person] = {}

    def make(name: str) -> Person:
        if name not in people:
            people[name] = Person(stack, name, stack.add_user(name))
        return people[name]

    return make


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Person:
    """The administrator that the first `up` has made."""
    return Person(stack, "admin", (stack.root / ".stack" / stack.name / "admin-password").read_text().strip())


@pytest.fixture(scope="session")
def alice(new_person: Callable[[str], Person]) -> Person:
    """Somebody with an account."""
    return new_person("alice")


@pytest.fixture(scope="session")
def bob(new_person: Callable[[str], Person]) -> Person:
    """Somebody else."""
    return new_person("bob")


@pytest.fixture
def no_servers(stack: Stack, admin: Person) -> None:
    """No server runs that another test has started."""
    for user in stack.servers():
        admin.http.delete(f"{stack.url}/hub/api/users/{quote(user)}/server", timeout=30)
    wait_until(lambda: not stack.servers(), 30, "the end of all servers")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page where nobody is signed in."""
    shown = new_page(browser)
    yield shown
    shown.context.close()


@pytest.fixture
def configured(stack: Stack) -> Iterator[Callable[..., Any]]:
    """Changes settings and applies them with `up`, and puts them back after the test."""

    def configure(**settings: str) -> None:
        stack.configure(**settings)
        stack.ctl("up", "--yes")

    yield configure
    stack.configure()
    stack.ctl("up", "--yes")

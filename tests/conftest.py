"""What tests share: a Docker Engine, images and one stack, all set up by the product's own code; its people; a browser."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from docker.errors import DockerException
from playwright.sync_api import Browser, Page

from stackctl import catalogue, host
from tests.checkout import ROOT, STACK, run
from tests.machine import DockerInUse, apt_install, one_at_a_time
from tests.stack.browser import CHROMIUM, chromium, new_page
from tests.stack.names import resolved
from tests.stack.person import Person
from tests.stack.running import Stack, Talk
from tests.stack.waiting import wait_until

BUILD_SECONDS = 900
RUNNING = pytest.StashKey[Stack]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What restarts Docker comes last: it waits until the other processes are through."""
    items.sort(key=lambda item: "docker_alone" in getattr(item, "fixturenames", ()))


@pytest.fixture(autouse=True)
def environment_as_before() -> Iterator[None]:
    """What a test sets in this process's environment, stackctl's own settings too, ends with it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def docker_in_use() -> Iterator[DockerInUse]:
    """No other process restarts Docker."""
    in_use = DockerInUse()
    yield in_use
    in_use.ended()


@pytest.fixture
def docker_alone(docker_in_use: DockerInUse) -> None:
    """No other process uses Docker any more, so that it may be restarted."""
    docker_in_use.wait_for_others()


@pytest.fixture(scope="session")
def engine_ready(docker_in_use: DockerInUse) -> None:
    """A Docker Engine that answers: installed and started where it is not."""
    with one_at_a_time():
        if not host.docker_is_installed():
            host.install_docker(host.distribution())
        if host.engine_state():
            host.start_docker()


@pytest.fixture(scope="session")
def images(engine_ready: None) -> dict[str, str]:
    """Every image of the stack under test that is offered, built, by the name of its service."""
    with one_at_a_time():
        run("bin/stackctl", "build", seconds=BUILD_SECONDS)
    config = json.loads(run("docker", "compose", "config", "--format", "json"))
    notebooks = catalogue.load(ROOT, STACK["STACK_NAME"]).offered
    services = {name: service["image"] for name, service in config["services"].items()}
    return services | {item.name: item.reference for item in notebooks if item.folder}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, installed where it is missing."""
    if not Path(CHROMIUM).exists():
        apt_install("chromium", "libatomic1")  # the latter for Playwright's driver
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def stack(
    images: dict[str, str], names: None, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Stack]:
    """The running stack. What an earlier, interrupted run left of it is removed first."""
    running = Stack(tmp_path_factory.mktemp("stack") / "checkout")
    running.remove()
    pytestconfig.stash[RUNNING] = running
    try:
        running.first_up = running.ctl("up", "--yes", seconds=600)
        yield running
    finally:
        running.remove()


@pytest.fixture(scope="session")
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
    if report.failed and (stack := item.config.stash.get(RUNNING, None)):
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

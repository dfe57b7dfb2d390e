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

import stackctl.stack
from stackctl import catalogue, settings
from stackctl.host import docker_daemon, docker_packages
from stackctl.stack import accounts
from tests.support import lanes
from tests.support.browser import chromium, new_page
from tests.support.checkout import ROOT, STACK, run
from tests.support.machine import apt_install, once_in_a_run, one_at_a_time
from tests.support.names import resolved
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.steady_chromium import CHROMIUM
from tests.support.talk import Talk
from tests.support.waiting import wait_until

BUILD_SECONDS = 900
RUNNING = pytest.StashKey[Stack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="Run what is marked full, too.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: takes long, and seldom finds something: bin/test full")


def pytest_report_header(config: pytest.Config) -> str:
    return f"lane: {'full' if lanes.runs_full(config) else lanes.LEFT_OUT}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in this lane."""
    lanes.pick(config, items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> lanes.ByGroup:
    return lanes.ByGroup(config, log)


@pytest.fixture(autouse=True)
def environment_as_before() -> Iterator[None]:
    """What a test sets in this process's environment, stackctl's own settings too, ends with it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def engine_ready() -> None:
    """A Docker Engine that answers: installed and started where it is not."""
    with one_at_a_time():
        if not docker_daemon.is_installed():
            docker_packages.install(docker_packages.distribution())
        if docker_daemon.problem():
            docker_daemon.start()


@pytest.fixture(scope="session")
def images(engine_ready: None) -> dict[str, str]:
    """Every image of the stack under test that is offered, built once for all workers, by the name of its service."""
    with once_in_a_run("images") as first:
        if first:
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
def running(
    images: dict[str, str], names: None, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Stack]:
    """This worker's stack, whatever flavour it has now. What an interrupted run left of it is removed first."""
    started = Stack(tmp_path_factory.mktemp("stack") / "checkout")
    started.remove()
    started.prepare()
    pytestconfig.stash[RUNNING] = started
    try:
        started.first_up = started.ctl("up", "--yes", seconds=600)
        yield started
    finally:
        started.remove()


@pytest.fixture(scope="module")
def stack(running: Stack) -> Stack:
    """The running stack, with local accounts and the settings that tests count on. Other flavours have their own fixture."""
    running.become()
    return running


@pytest.fixture(scope="session")
def names() -> Iterator[None]:
    """The name that a public stack has in tests."""
    with resolved():
        yield


@pytest.fixture
def first_up(stack: Stack) -> Talk:
    """What the first `up` printed."""
    return stack.first_up


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is shown with what every container of the stack printed last."""
    report = yield
    asked = (value for value in getattr(item, "funcargs", {}).values() if isinstance(value, Stack))
    if report.failed and (stack := next(asked, item.config.stash.get(RUNNING, None))):
        try:
            report.sections += [(f"last lines of {name}", log) for name, log in stack.logs().items()]
        except (DockerException, requests.RequestException) as error:
            report.sections.append(("no last lines of containers", str(error)))
    return report


@pytest.fixture(scope="session")
def people() -> dict[str, Person]:
    """Who has a local account on this worker's stack, by name."""
    return {}


@pytest.fixture(scope="module")
def new_person(stack: Stack, people: dict[str, Person]) -> Callable[[str], Person]:
    """Makes an account, once for each name: as `stackctl users add` does, without a process for each."""

    def make(name: str) -> Person:
        if name not in people:
            product = stackctl.stack.Stack(stack.root, settings.load(stack.root, stack.environment()))
            _, password = accounts.set_password(product, name, None)
            people[name] = Person(stack, name, password.get_secret_value())
        return people[name]

    return make


@pytest.fixture(scope="session")
def local_admin(running: Stack) -> Person:
    """The administrator that the first `up` has made; nobody where people sign in otherwise."""
    return Person(running, "admin", running.admin_password)


@pytest.fixture(scope="module")
def admin(stack: Stack, local_admin: Person) -> Person:
    """The administrator of a stack with local accounts."""
    return local_admin


@pytest.fixture(scope="module")
def alice(new_person: Callable[[str], Person]) -> Person:
    """Somebody with an account."""
    return new_person("alice")


@pytest.fixture(scope="module")
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

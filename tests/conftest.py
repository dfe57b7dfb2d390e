"""What image and stack tests share: a Docker Engine and the images, both set up by the product's own code; a browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from stackctl import catalogue, host
from tests.checkout import ROOT, STACK, run
from tests.machine import DockerInUse, apt_install, one_at_a_time
from tests.stack.browser import CHROMIUM, chromium

BUILD_SECONDS = 900


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

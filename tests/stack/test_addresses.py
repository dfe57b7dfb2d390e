"""Where a browser finds the stack: whatever stands before it, people sign in, start a server and run a cell there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.stack.browser import in_lab, new_notebook, run_cell, sign_in
from tests.stack.person import Person
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

BASE_URL = "/Team.A/jupyter-lab_1/"


@pytest.fixture
def moved(stack: Stack) -> Iterator[Callable[..., None]]:
    """Moves the stack to another address, and back after the test."""

    def move(**settings: str) -> None:
        stack.configure(**settings)
        stack.ctl("up", "--yes")
        assert json.loads(stack.ctl("status", "--json").out)["url"] == stack.url

    yield move
    stack.configure()
    stack.ctl("up", "--yes")


def test_everything_is_below_the_base_url(
    stack: Stack, moved: Callable[..., None], new_person: Callable[[str], Person], page: Page
) -> None:
    person = new_person("ada").start()
    moved(STACK_BASE_URL=BASE_URL)
    assert f"{stack.url}/" == f"http://127.0.0.1:{stack.port}{BASE_URL}"
    wait_until(lambda: person.name not in stack.servers(), 30, "the server from before, which nobody can reach, is stopped")

    asked = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"http://127.0.0.1:{stack.port}")
    expect(page).to_have_url(re.compile(f"^{re.escape(stack.url)}/hub/login"))
    sign_in(page, person)
    in_lab(page)
    new_notebook(page)
    expect(run_cell(page, "print(6 * 7)")).to_have_text("42")
    page.goto(f"{stack.url}/hub/home")
    page.locator("#logout").click()
    expect(page).to_have_url(re.compile(f"^{re.escape(stack.url)}/hub/login"))

    assert {path for path in asked if not path.startswith(BASE_URL)} == {"/"}
    paths = {cookie.get("path", "") for cookie in page.context.cookies()}
    assert paths
    assert {path for path in paths if not path.startswith(BASE_URL)} == set()
    assert stack.session().get(f"http://127.0.0.1:{stack.port}/hub/login", timeout=10).status_code == 404

"""A notebook server that does not come up: its user is told why, on the page that waits for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stack.browser import new_page, sign_in, sign_in_in_chinese
from tests.stack.person import Person
from tests.stack.running import Stack

# By user: a server that prints a line and never answers, one that ends, and an image that holds no notebook server.
CONFIGURATION = """
servers = {
    "silent": {"cmd": ["sh", "-c", "echo still thinking; exec sleep 600"]},
    "broken": {"cmd": ["sh", "-c", "echo out of ideas; exit 3"]},
    "strange": {"cmd": ["no-such-program"]},
}

def choose(spawner):
    for name, value in servers.get(spawner.user.name, {}).items():
        setattr(spawner, name, value)

c.StackSpawner.pre_spawn_hook = choose
c.StackSpawner.start_timeout = 10 + 5  # JupyterHub's own limit comes ten seconds after ours
"""


@pytest.fixture(scope="module", autouse=True)
def _broken_servers(stack: Stack) -> Iterator[None]:
    file = stack.root / "hub" / "conf.d" / "broken-servers.py"
    file.write_text(CONFIGURATION)
    stack.ctl("restart", "hub")
    yield
    file.unlink()
    stack.ctl("restart", "hub")


@pytest.mark.parametrize(
    ("name", "reason", "line"),
    [
        ("silent", "The notebook server did not answer on port 8888 within 5 seconds.", "still thinking"),
        ("broken", "The notebook server ended while it started (exit code 3).", "out of ideas"),
        ("strange", "The notebook server ended while it started", "no-such-program failed: No such file"),
    ],
)
def test_the_waiting_page_ends_in_the_reason(
    new_person: Callable[[str], Person], page: Page, name: str, reason: str, line: str
) -> None:
    person = new_person(name)
    sign_in(page, person)
    expect(page.locator("#trouble")).to_contain_text(reason, timeout=30_000)
    expect(page.locator("#log")).to_contain_text(line)
    expect(page.get_by_role("button", name="Try again")).to_have_attribute("href", re.compile(f"/hub/spawn/{name}"))
    page.reload()
    expect(page.locator("#trouble")).to_contain_text(reason)
    left = person.stack.servers().get(name)
    assert left is None or left.status == "exited", "its log may stay until the next start; the server may not go on"
    assert person.hub("GET").json()["servers"] == {}


def test_the_reason_is_in_the_persons_language(new_person: Callable[[str], Person], browser: Browser) -> None:
    page = new_page(browser, "zh-CN")
    sign_in_in_chinese(page, new_person("broken"))
    expect(page.get_by_role("heading", name="服务器未能启动")).to_be_visible(timeout=30_000)
    expect(page.locator("#trouble")).to_have_text("笔记本服务器在启动过程中退出（退出代码 3）。")
    expect(page.locator("#log")).to_have_text("out of ideas")
    expect(page.get_by_role("button", name="重试")).to_be_visible()
    page.context.close()


def test_the_api_says_it_in_english(new_person: Callable[[str], Person]) -> None:
    answer = new_person("broken").hub("POST", "/server", headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 500
    assert answer.json()["message"] == "The notebook server ended while it started (exit code 3).\nout of ideas"


def test_others_start_as_ever(alice: Person) -> None:
    alice.stop()
    assert alice.start().is_ready()

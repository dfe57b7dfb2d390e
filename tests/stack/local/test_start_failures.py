"""A notebook server that does not come up: the waiting page tells its user why.

Those of some users do not: tests/support/broken_servers.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import new_page, sign_in, sign_in_in_chinese
from tests.support.person import Person


@pytest.mark.parametrize(
    ("name", "reason", "line"),
    [
        ("silent", "The server did not respond on port 8888 within 5 seconds.", "still thinking"),
        ("broken", "Your server stopped while starting (exit code 3).", "out of ideas"),
        ("strange", "Your server stopped while starting", "no-such-program failed: No such file"),
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
    assert answer.json()["message"] == "Your server stopped while starting (exit code 3).\nout of ideas"


def test_others_start_as_ever(alice: Person) -> None:
    alice.stop()
    assert alice.start().is_ready()

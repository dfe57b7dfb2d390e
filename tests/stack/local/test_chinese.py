"""Every page of the hub in a browser that asks for Chinese, and in one that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import new_page, sign_in_in_chinese
from tests.support.person import Person

NAMES = r"JupyterHub|JupyterLab|JavaScript|API|OAuth|scope|stackctl logs hub|admin-ui|/user/\S+"
"""What is written the same way in Chinese."""

WRITTEN = """() => [document.body.innerText, ...[...document.querySelectorAll("[title], [placeholder], [aria-label], [alt]")]
    .flatMap((item) => ["title", "placeholder", "aria-label", "alt"].map((name) => item.getAttribute(name)))]
    .filter(Boolean).join("\\n")"""


@pytest.fixture
def chinese_page(browser: Browser) -> Iterator[Page]:
    page = new_page(browser, "zh-CN")
    yield page
    page.context.close()


def english(page: Page, person: Person) -> list[str]:
    """The lines of a page, tooltips and the like included, that have an English word."""
    lines = str(page.evaluate(WRITTEN)).splitlines()
    return [line for line in lines if re.search("[A-Za-z]{2}", re.sub(f"{NAMES}|{person.name}", "", line))]


def test_pages_are_chinese_where_the_browser_asks_for_it(chinese_page: Page, alice: Person) -> None:
    page, hub = chinese_page, f"{alice.stack.url}/hub"
    sign_in_in_chinese(page, Person(alice.stack, alice.name, "a wrong password"))
    expect(page.get_by_role("alert")).to_have_text("用户名或密码不正确")
    assert english(page, alice) == []
    sign_in_in_chinese(page, alice.start())
    page.wait_for_url(re.compile("/user/"))
    for path, status, words in [
        ("/token", 200, "申请新的 API 令牌"),
        ("/change-password", 200, "再次输入新密码："),
        ("/nothing", 404, "页面不存在"),
        ("/admin", 403, "没有权限"),
        ("/home", 200, "打开我的服务器"),
    ]:
        answer = page.goto(hub + path)
        assert answer is not None
        assert (answer.status, page.locator("html").get_attribute("lang")) == (status, "zh-CN"), path
        expect(page.get_by_text(words)).to_be_visible()
        if status == 200:
            page.wait_for_function("window._jupyterhub_page_loaded || !document.querySelector('.time-col')")
        assert english(page, alice) == [], path
    page.wait_for_function("window._jupyterhub_page_loaded")
    page.get_by_role("button", name="停止我的服务器").click()
    expect(page.locator("#start")).to_have_text("启动我的服务器", timeout=60_000)
    assert english(page, alice) == []

"""The pages around a start under other rules: an image that is not for everybody, no room, and a language that is set."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import in_lab, sign_in, sign_in_in_chinese
from tests.support.person import Person
from tests.support.running import Stack

TWO_SIZES = "small: {cpu: 1, memory: 512M}\nonly: {cpu: 1, memory: 512M, count: 1}\n"
FOR_A_GROUP = {"sizes": "only: {cpu: 1, memory: 512M, count: 1}\n", "base": {"groups": ["lab"]}}


@pytest.fixture(scope="module")
def stack(running: Stack) -> Stack:
    """As it is: each test has what it needs, and each after the one before."""
    return running


@pytest.mark.full
def test_the_page_says_where_nobody_may_use_any_image(
    running: Stack, new_person: Callable[[str], Person], page: Page
) -> None:
    person = new_person("outsider")
    running.become({"STACK_NAMED_SERVERS": "1"}, FOR_A_GROUP)
    sign_in(page, person)
    sentence = "No environment is available to you yet."
    for path in ("/hub/spawn", f"/hub/spawn/{person.name}", f"/hub/spawn/{person.name}/lab"):
        answer = page.goto(person.stack.url + path)
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("alert")).to_contain_text(sentence)
    session, xsrf = person.browse()
    posted = session.post(f"{person.stack.url}/hub/spawn", {"_xsrf": xsrf, "image": "base"}, timeout=30)
    assert (posted.status_code, sentence in posted.text) == (403, True)
    refused = person.hub("POST", "/server", json={})
    assert (refused.status_code, sentence in refused.json()["message"]) == (403, True)


@pytest.mark.full
def test_straight_in_where_there_is_no_room_says_so(
    running: Stack, admin: Person, new_person: Callable[[str], Person], page: Page
) -> None:
    holder, late = new_person("holder"), new_person("late")
    running.become({"STACK_NAMED_SERVERS": "1"}, FOR_A_GROUP)
    groups = f"{running.url}/hub/api/groups/lab"
    admin.http.post(groups, timeout=30)
    admin.http.post(f"{groups}/users", json={"users": [holder.name, late.name]}, timeout=30).raise_for_status()
    holder.start()
    sign_in(page, late)
    expect(page.get_by_role("alert")).to_contain_text("This size is full: 1 of 1 in use.")
    assert late.name not in late.stack.servers()
    holder.stop()
    page.get_by_role("button", name="Try again").click()
    in_lab(page)
    late.stop()
    admin.http.delete(groups, timeout=30).raise_for_status()


@pytest.mark.full
def test_stack_lang_is_the_language_whatever_the_browser_says(
    running: Stack, new_person: Callable[[str], Person], page: Page
) -> None:
    person = new_person("reader")
    running.become({"STACK_LANG": "zh-CN"}, {"sizes": TWO_SIZES})
    sign_in_in_chinese(page, person)
    expect(page.get_by_role("heading", name="启动笔记本服务器")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("button", name="启动", exact=True).click()
    in_lab(page)
    assert "STACK_LANG=zh-CN" in person.stack.servers()[person.name].attrs["Config"]["Env"]
    language = person.server("GET", "lab/api/settings/@jupyterlab/translation-extension:plugin").json()
    assert language["schema"]["properties"]["locale"]["default"] == "zh_CN"
    expect(page.get_by_role("menubar").get_by_role("menuitem", name="文件")).to_be_visible()
    person.stop()

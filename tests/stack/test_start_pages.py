"""The pages around a start: straight in, nothing to choose, waiting, the language that is set, and readable by all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.stack.browser import go, in_lab, new_page, sign_in, sign_in_in_chinese
from tests.stack.person import Person
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

TWO_SIZES = "small: {cpu: 1, memory: 512M}\nonly: {cpu: 1, memory: 512M, count: 1}\n"
STEPS = ["making", "starting", "waiting", "opening"]


@pytest.fixture
def offered(stack: Stack) -> Iterator[Callable[..., None]]:
    """Changes the catalogue, and settings, and puts them back after the test."""

    def offer(sizes: str, base: dict[str, object] | None = None, **settings: str) -> None:
        stack.offer(sizes, base)
        stack.configure(**settings)
        stack.ctl("up", "--yes")

    yield offer
    stack.offer()
    stack.configure()
    stack.ctl("up", "--yes")


def problems(page: Page) -> list[str]:
    """What axe-core has to say about a page."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]


def test_with_nothing_to_choose_people_come_straight_in(new_person: Callable[[str], Person], page: Page) -> None:
    person = new_person("straight")
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(frame.url))
    sign_in(page, person)
    in_lab(page)
    assert not any(url.endswith("/hub/spawn") for url in visited)
    person.stop()
    answer = go(page, f"{person.server_url}lab")
    assert answer is not None
    assert answer.status == 424
    expect(page.get_by_role("heading", name="The server is not running")).to_be_visible()
    page.get_by_role("button", name="Start the server").click()
    in_lab(page)
    person.stop()


def test_progress_tells_the_steps_of_the_start(new_person: Callable[[str], Person]) -> None:
    person = new_person("steps")
    person.begin_start()
    events = list(person.progress())
    steps = [event["step"] for event in events if "step" in event]
    assert steps == STEPS[STEPS.index(steps[0]) :], "each from the first that was heard of, in order"
    assert len(steps) > 1
    assert events[-1]["ready"]
    person.stop()


def test_where_nobody_may_use_any_image_it_is_said(
    offered: Callable[..., None], new_person: Callable[[str], Person], page: Page
) -> None:
    offered(TWO_SIZES, base={"groups": ["nobody"]}, STACK_NAMED_SERVERS="1")
    person = new_person("outsider")
    sign_in(page, person)
    sentence = "There is no notebook image for you yet."
    for path in ("/hub/spawn", f"/hub/spawn/{person.name}", f"/hub/spawn/{person.name}/lab"):
        answer = go(page, person.stack.url + path)
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("alert")).to_contain_text(sentence)
    session, xsrf = person.browse()
    posted = session.post(f"{person.stack.url}/hub/spawn", {"_xsrf": xsrf, "image": "base"}, timeout=30)
    assert (posted.status_code, sentence in posted.text) == (403, True)
    refused = person.hub("POST", "/server", json={})
    assert (refused.status_code, sentence in refused.json()["message"]) == (403, True)


def test_straight_in_where_there_is_no_room_says_so(
    offered: Callable[..., None], new_person: Callable[[str], Person], page: Page
) -> None:
    offered("only: {cpu: 1, memory: 512M, count: 1}\n")
    holder = new_person("holder").start()
    late = new_person("late")
    sign_in(page, late)
    expect(page.get_by_role("alert")).to_contain_text("This size is full: 1 of 1 are in use.")
    assert late.name not in late.stack.servers()
    holder.stop()
    page.get_by_role("button", name="Try again").click()
    in_lab(page)
    late.stop()


def test_stack_lang_is_the_language_whatever_the_browser_says(
    offered: Callable[..., None], new_person: Callable[[str], Person], page: Page, browser: Browser
) -> None:
    offered(TWO_SIZES, STACK_LANG="zh-CN")
    person = new_person("reader")
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_the_pages(
    offered: Callable[..., None], new_person: Callable[[str], Person], browser: Browser, scheme: str
) -> None:
    offered(TWO_SIZES)
    holder, person = new_person("holder"), new_person("axe")
    assert holder.choose(size="only").status_code in (201, 202)
    page = new_page(browser)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.add_init_script("window.EventSource = class {}")  # so that the page that waits stays
    sign_in(page, person)
    expect(page.get_by_role("radio", name="only")).to_be_disabled()
    assert page.locator("html").get_attribute("data-bs-theme") == scheme
    assert problems(page) == [], "the choice page"
    person.begin_start()
    go(page, f"{person.stack.url}/hub/spawn-pending/{person.name}")
    expect(page.get_by_role("heading", name="The server is starting")).to_be_visible()
    expect(page.get_by_role("listitem").and_(page.locator("[aria-current=step]"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ s so far"))).to_be_visible()
    assert problems(page) == [], "the page that waits"
    wait_until(person.is_ready, 60, "the server is ready")
    person.stop()
    go(page, f"{person.server_url}lab")
    assert problems(page) == [], "the page in place of a server"
    holder.stop()
    page.context.close()

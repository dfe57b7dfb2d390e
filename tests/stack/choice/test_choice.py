"""Choosing an image and a size: in a real browser, and by hand-made requests for what somebody may not have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import in_lab, new_page, sign_in, sign_in_in_chinese
from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

SIZES = """
small: {title: {en: Small, zh-CN: 小}, cpu: 1, memory: 512M, default: true}
single: {title: {en: Single, zh-CN: 单}, cpu: 1.5, memory: 512M, count: 1}
big: {title: {en: Big, zh-CN: 大}, cpu: 2, memory: 1500M}
lab-only: {title: For the group, cpu: 1, memory: 512M, groups: [lab]}
"""
NOT_THIS_IMAGE = "The environment “private” doesn’t exist or isn’t available to your groups. Choose another one."
NOT_THIS_SIZE = "The size “lab-only” doesn’t exist or isn’t available to your groups. Choose another one."
FULL = "This size is full: 1 of 1 in use. Choose another size or try again later."


@pytest.fixture(scope="module")
def stack(running: Stack) -> Stack:
    title = {"en": "Second", "zh-CN": "第二个"}
    described = {"title": title, "description": {"en": "The other one.", "zh-CN": "另一个。"}}
    images = {"second": described | {"read_only": True}, "private": {"groups": ["lab"]}}
    running.become({"STACK_NAMED_SERVERS": "2", "STACK_SERVERS_MEMORY": "2500M"}, {"sizes": SIZES, **images})
    return running


@pytest.fixture
def guest(new_person: Callable[[str], Person]) -> Iterator[Callable[[str], Person]]:
    """Makes people whose servers end with the test, so that there is room for the next."""
    people: list[Person] = []

    def make(name: str) -> Person:
        people.append(new_person(name))
        return people[-1]

    yield make
    for person in people:
        if person.hub("GET").json()["servers"].get("", {}).get("ready"):
            person.stop()


def chosen(page: Page) -> list[str]:
    """The image and the size that are chosen on the page."""
    return [str(item.get_attribute("value")) for item in page.locator("#spawn_form :checked").all()]


def runs(person: Person) -> tuple[str, str]:
    """The image and the size of somebody's server."""
    labels = person.stack.servers()[person.name].labels
    return labels["stackhub.image"], labels["stackhub.size"]


def post(person: Person, path: str = "/hub/spawn", accept: str = "en", **form: str) -> requests.Response:
    """A form that was made by hand."""
    session, xsrf = person.browse()
    headers = {"Accept-Language": accept}
    return session.post(person.stack.url + path, form | {"_xsrf": xsrf}, headers=headers, timeout=30)


def start_and_wait(person: Person, **options: str) -> None:
    assert person.choose(**options).status_code in (201, 202)
    wait_until(person.is_ready, 60, f"{person.name}'s server is ready")


def test_the_page_shows_what_there_is(guest: Callable[[str], Person], page: Page) -> None:
    sign_in(page, guest("ann"))
    expect(page.get_by_role("heading", name="Start a notebook server")).to_be_visible()
    images, sizes = page.get_by_role("group", name="Environment"), page.get_by_role("group", name="Size")
    assert [card.inner_text() for card in images.locator("label").all()] == ["JupyterLab", "Second"]
    assert [card.inner_text() for card in sizes.locator("label").all()] == ["Small", "Single", "Big"]
    available = [label.inner_text() for label in sizes.locator(".available").all()]
    assert available == ["4 available", "1 of 1 available", "1 available"]
    single = page.get_by_role("radio", name="Single")
    expect(single).to_have_accessible_description("1.5 CPUs · 512 MB of memory 1 of 1 available")
    assert chosen(page) == ["base", "small"]
    assert page.locator("html").get_attribute("lang") == "en"


def test_keyboard_alone_is_enough_and_the_choice_is_remembered(guest: Callable[[str], Person], page: Page) -> None:
    person = guest("ben")
    sign_in(page, person)
    page.locator("#spawn_form").wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "image":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert chosen(page) == ["second", "single"]
    outline = "getComputedStyle(document.activeElement.closest('.choice')).outlineStyle"
    assert page.evaluate(outline) == "solid", "the focus can be seen"
    page.keyboard.press("Enter")
    in_lab(page)
    assert runs(person) == ("second", "single")
    person.stop()
    page.goto(f"{person.stack.url}/hub/spawn")
    assert chosen(page) == ["second", "single"]
    start_and_wait(person)
    assert runs(person) == ("second", "single"), "a start without a word on it, too"


def test_an_image_that_is_read_only_is_so_but_for_what_people_write(guest: Callable[[str], Person]) -> None:
    person = guest("rosa")
    start_and_wait(person, image="second")
    with Kernel(person) as kernel:
        kernel.run("import subprocess, sys")
        touch = "print(subprocess.run(['touch', '{}/x'], stderr=subprocess.PIPE, text=True).stderr)"
        for folder in ("/home/jovyan", "/home/jovyan/work", "/home/jovyan/shared/team", "/tmp"):
            assert kernel.run(touch.format(folder)) == ""
        assert kernel.run(touch.format("/opt/notebook")).endswith("Read-only file system")
        kernel.run("subprocess.run([sys.executable, '-m', 'venv', '--without-pip', '/tmp/v'])")
        assert kernel.run("print(subprocess.run(['/tmp/v/bin/python', '-c', '']).returncode)") == "0"


@pytest.mark.full
def test_it_works_without_javascript(guest: Callable[[str], Person], browser: Browser) -> None:
    person = guest("cora")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, person)
    expect(page.get_by_text("requires JavaScript")).to_be_hidden()
    page.get_by_text("Second", exact=True).click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile(f"/user/{person.name}/lab"), timeout=60_000)
    assert runs(person) == ("second", "small")
    context.close()


def test_a_chinese_browser_gets_it_in_chinese(guest: Callable[[str], Person], browser: Browser) -> None:
    page = new_page(browser, "zh-CN")
    sign_in_in_chinese(page, guest("dora"))
    expect(page.get_by_role("heading", name="启动笔记本服务器")).to_be_visible()
    expect(page.get_by_role("radio", name="第二个")).to_have_accessible_description("另一个。")
    expect(page.get_by_role("radio", name="大")).to_have_accessible_description("2 核 CPU · 1.46 GB 内存 还可启动 1 个")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("button", name="启动", exact=True).click()
    in_lab(page)
    page.context.close()


def test_a_full_size_cannot_be_chosen(guest: Callable[[str], Person], page: Page) -> None:
    start_and_wait(guest("eve"), size="single")
    person = guest("finn")
    sign_in(page, person)
    full = page.get_by_role("radio", name="Single")
    expect(full).to_be_disabled()
    expect(full).to_have_accessible_description("1.5 CPUs · 512 MB of memory 1 of 1 in use. Full")
    answer = post(person, image="second", size="single")
    assert (answer.status_code, FULL in answer.text) == (409, True)
    assert re.search(r'value="second" required[^>]* checked', answer.text), "the image stays chosen"
    assert re.search(r'value="small" required[^>]* checked', answer.text), "a size that has room instead"
    assert "该规格已满：1 个名额已全部占用。" in post(person, accept="zh-CN", size="single").text
    refused = person.choose(size="single")
    assert (refused.status_code, refused.json()["message"]) == (409, FULL)
    assert person.name not in person.stack.servers()
    assert person.hub("GET").json()["servers"] == {}


def test_memory_that_is_not_there_is_not_given(guest: Callable[[str], Person], page: Page) -> None:
    start_and_wait(guest("gil"), size="big")
    person = guest("hal")
    sign_in(page, person)
    card = page.get_by_role("radio", name="Big")
    expect(card).to_have_accessible_description(re.compile(r"Needs 1\.46 GB; 1000 MB available\. Full"))
    refused = person.choose(size="big")
    assert refused.status_code == 409
    assert refused.json()["message"].startswith("This size needs 1.46 GB of memory; 1000 MB is available.")
    assert person.name not in person.stack.servers()
    start_and_wait(person, size="small")


@pytest.mark.parametrize(
    ("form", "sentence"), [({"image": "private"}, NOT_THIS_IMAGE), ({"size": "lab-only"}, NOT_THIS_SIZE)]
)
def test_what_is_for_a_group_is_refused_to_others(
    guest: Callable[[str], Person], form: dict[str, str], sentence: str
) -> None:
    person = guest("ida")
    answer = post(person, **form)
    assert (answer.status_code, sentence in answer.text) == (403, True)
    assert 'role="alert"' in answer.text
    assert 'value="base" required' in answer.text, "with the cards to choose again"
    refused = person.choose(**form)
    assert (refused.status_code, refused.json()["message"]) == (403, sentence)
    reference = person.choose(image=f"{person.stack.name}-singleuser-private")
    assert reference.status_code == 403, "what Docker calls it is no name here"
    more = person.hub("POST", "/server", json={"image": "base", "cmd": "sh"})
    assert (more.status_code, "Unknown option: cmd" in more.json()["message"]) == (400, True)
    assert person.hub("GET").json()["servers"] == {}
    assert person.name not in person.stack.servers()


def test_a_group_that_the_hub_knows_opens_it(guest: Callable[[str], Person], admin: Person, page: Page) -> None:
    person = guest("jan")
    groups = f"{person.stack.url}/hub/api/groups/lab"
    admin.http.post(groups, timeout=30)
    admin.http.post(f"{groups}/users", json={"users": [person.name]}, timeout=30).raise_for_status()
    sign_in(page, person)
    page.get_by_role("radio", name="Private").check()
    page.get_by_role("radio", name="For the group").check()
    page.get_by_role("button", name="Start", exact=True).click()
    in_lab(page)
    assert runs(person) == ("private", "lab-only")
    person.stop()
    admin.http.delete(groups, timeout=30).raise_for_status()
    page.goto(f"{person.stack.url}/hub/spawn")
    assert chosen(page) == ["base", "small"], "what was remembered is no longer theirs"


def test_each_name_that_is_typed_gets_an_address_of_its_own(guest: Callable[[str], Person], page: Page) -> None:
    person = guest("namer")
    sign_in(page, person)
    for name in ("项目一", "项目二"):
        page.goto(f"{person.stack.url}/hub/home")
        page.get_by_label("server name").fill(name)
        with page.expect_navigation():
            page.get_by_label("server name").press("Enter")
        expect(page.get_by_role("cell", name=name, exact=True)).to_be_visible()
    servers = person.hub("GET", "?include_stopped_servers").json()["servers"]
    named = {name: server["display_name"] for name, server in servers.items() if name}
    assert sorted(named.values()) == ["项目一", "项目二"]
    assert all(re.fullmatch("x-[0-9a-f]{8}", name) for name in named), named


def test_named_servers_up_to_the_set_number(guest: Callable[[str], Person], page: Page) -> None:
    person = guest("kay")
    sign_in(page, person)
    for name in ("one", "two"):
        page.goto(f"{person.stack.url}/hub/spawn/{person.name}/{name}")
        expect(page.get_by_text(f"Server “{name}”")).to_be_visible()
        page.get_by_role("button", name="Start", exact=True).click()
        page.wait_for_url(re.compile(f"/user/{person.name}/{name}/lab"), timeout=60_000)
    page.goto(f"{person.stack.url}/hub/spawn/{person.name}/My%20Lab")
    expect(page.get_by_text("“My Lab” can’t be the name of a server: small Latin letters")).to_be_visible()
    assert "can’t be the name" in person.hub("POST", "/servers/My%20Lab", json={}).json()["message"]
    refused = person.hub("POST", "/servers/three", json={})
    assert (refused.status_code, "maximum of 2 named servers" in refused.json()["message"]) == (400, True)
    assert set(person.hub("GET").json()["servers"]) == {"one", "two"}
    full = post(person, f"/hub/spawn/{person.name}/one", size="single")
    assert full.url.endswith(f"/user/{person.name}/one/lab"), "one that runs is opened"
    for name in ("one", "two"):
        person.hub("DELETE", f"/servers/{name}", json={"remove": True})
    wait_until(lambda: person.name not in person.stack.servers(), 30, "the end of both servers")


def test_an_administrator_sees_whose_server_it_is(guest: Callable[[str], Person], admin: Person, page: Page) -> None:
    person = guest("lou")
    sign_in(page, admin)
    page.goto(f"{person.stack.url}/hub/spawn/{person.name}")
    expect(page.get_by_text("This is lou’s server.")).to_be_visible()
    page.get_by_role("radio", name="Second").check()
    page.get_by_role("button", name="Start", exact=True).click()
    wait_until(person.is_ready, 60, "lou's server is ready")
    assert runs(person) == ("second", "small")


def test_nobody_sees_or_starts_somebody_elses(guest: Callable[[str], Person]) -> None:
    nosy, other = guest("max"), guest("ned")
    session, _ = nosy.browse()
    assert session.get(f"{nosy.stack.url}/hub/spawn/{other.name}", timeout=30).status_code in (403, 404)
    assert post(nosy, f"/hub/spawn/{other.name}", image="base").status_code in (403, 404)
    assert other.name not in nosy.stack.servers()


def test_a_link_starts_nothing(guest: Callable[[str], Person]) -> None:
    person = guest("pia")
    session, _ = person.browse()
    for query in ("image=second&size=small", "opt-image=second", "utm_source=x"):
        answer = session.get(f"{person.stack.url}/hub/spawn?{query}", timeout=30)
        assert (answer.status_code, 'id="spawn_form"' in answer.text) == (200, True)
    assert person.name not in person.stack.servers()


def test_a_long_name_is_cut_short_in_answer_and_log(guest: Callable[[str], Person]) -> None:
    refused = guest("pia").hub("POST", "/server", json={"k" * 100_000: 1})
    assert refused.status_code == 400
    assert len(refused.text) < 500


def test_pressing_start_twice_leads_to_the_server(guest: Callable[[str], Person]) -> None:
    person = guest("ola")
    first, again = post(person, size="small"), post(person, size="small")
    for answer in (first, again):
        assert answer.status_code == 200
        assert re.search(rf"/(spawn-pending|user)/{person.name}", answer.url)
    wait_until(person.is_ready, 60, "the server is ready")


def problems(page: Page) -> list[str]:
    """What axe-core has to say about a page."""
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]


def problems_in_both_schemes(page: Page) -> list[str]:
    """The same of a page in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.reload()
        assert page.locator("html").get_attribute("data-bs-theme") == scheme
        found += [f"{scheme}: {problem}" for problem in problems(page)]
    return found


@pytest.mark.full
def test_everybody_can_read_the_pages(guest: Callable[[str], Person], page: Page) -> None:
    start_and_wait(guest("holder"), size="single")
    person = guest("axe")
    page.add_init_script("window.EventSource = class {}")  # so that the page that waits stays
    sign_in(page, person)
    expect(page.get_by_role("radio", name="Single")).to_be_disabled()
    assert problems_in_both_schemes(page) == [], "the choice page"
    person.begin_start()
    page.goto(f"{person.stack.url}/hub/spawn-pending/{person.name}")
    expect(page.get_by_role("heading", name="The server is starting")).to_be_visible()
    expect(page.get_by_role("listitem").and_(page.locator("[aria-current=step]"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ s elapsed"))).to_be_visible()
    assert problems(page) == [], "the page that waits"
    wait_until(person.is_ready, 60, "the server is ready")
    person.stop()
    page.goto(f"{person.server_url}lab")
    assert problems_in_both_schemes(page) == [], "the page in place of a server"

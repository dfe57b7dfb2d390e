"""In a browser: people sign in, their forms, cells and cookies are right, and GitLab sends them back to where they were."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.stack.addresses.places import ADDRESSES, Address
from tests.standins.gitlab.container import Gitlab
from tests.support.browser import in_lab, new_notebook, run_cell
from tests.support.gitlab_person import GitlabPerson, sign_in_to_gitlab
from tests.support.person import Person
from tests.support.running import HOST, Stack

ALL_AT_ONCE = "TLS proxy, path, GitLab, subdomains"
"""What has the most in it; test_http.py looks at the others."""


@dataclass
class Seen:
    """What a browser did."""

    requests: list[str] = field(default_factory=list)
    websockets: list[str] = field(default_factory=list)


@pytest.fixture
def seen(page: Page) -> Seen:
    """What the browser does in a test."""
    seen = Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("websocket", lambda opened: seen.websockets.append(opened.url))
    return seen


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(address, id=name, marks=[] if name == ALL_AT_ONCE else pytest.mark.full)
        for name, address in ADDRESSES.items()
    ],
    indirect=True,
)
def test_everything_works_at_the_address(
    stack: Stack, server: Gitlab, ada: Person, address: Address, page: Page, seen: Seen
) -> None:
    entered, origin = (text.format(machine="127.0.0.1", port=stack.port) for text in (address.entered, address.url))
    url = f"{origin}{address.base_url}".rstrip("/")
    if "STACK_HOST" in address.settings or not address.website:  # else it does not know of the proxy
        assert stack.inside("hub", "echo $STACKCTL_PUBLIC_URL").strip() == f"{url}/"

    page.goto(entered)
    is_at(page, f"{url}/hub/login")
    if not address.cell:
        page.goto(f"{url}/hub/login?next={quote(f'{address.base_url}hub/home')}")
    if address.gitlab:
        sign_in_to_gitlab(page, GitlabPerson(stack, server, "gitte"))
    else:
        page.get_by_label("Username").fill(ada.name)
        page.get_by_label("Password").fill(ada.password)
        page.get_by_role("button", name="Sign in").click()
    own = address.of("gitte" if address.gitlab else ada.name, url)
    if address.cell:
        in_lab(page)
        assert page.url.startswith(f"{own}/user/")
        assert reads(page, f"{url}/hub/home") == ("yes" if own == url else "no")
        page.goto(f"{page.url.partition('?')[0]}?reset")  # without what was open at another address
        in_lab(page)
        new_notebook(page)
        expect(run_cell(page, "print(6 * 7)")).to_have_text("42\n", timeout=30_000)
        page.goto(f"{url}/hub/home")
    is_at(page, f"{url}/hub/home")
    makes_a_token(page, url)
    cookies_are_the_stacks_own(page, origin, address)
    page.locator("#logout").click()
    is_at(page, f"{url}/hub/log")
    page.goto(f"{url}/hub/home")
    is_at(page, f"{url}/hub/login")

    if own != url and not address.website:
        output = stack.ctl("doctor", "--quiet-call=1", code=3)
        assert f"DNS does not know names below {HOST}: people cannot open their notebooks." in output.out
        assert "A websocket comes through." in output.out

    outside = [asked for asked in seen.requests if not asked.startswith((f"{url}/", f"{own}/", "data:", "blob:"))]
    if address.gitlab:
        callbacks = {
            parse_qs(urlsplit(asked).query).get("redirect_uri", [""])[0] for asked in outside if "authorize?" in asked
        }
        assert callbacks == {f"{url}/hub/oauth_callback"}
    assert {asked for asked in outside if not asked.startswith(server.url)} <= {entered, f"{entered}/", f"{origin}/"}
    assert any("/api/kernels/" in opened for opened in seen.websockets) == address.cell
    assert {opened for opened in seen.websockets if not opened.startswith(re.sub("^http", "ws", f"{own}/"))} == set()
    if address.base_url != "/":
        answer = page.goto(f"{origin}/hub/login")
        assert answer is not None
        assert answer.status == 404, "nothing is outside of the base URL"


def is_at(page: Page, beginning: str) -> None:
    """Wait until the page's address begins like this."""
    expect(page).to_have_url(re.compile(f"^{re.escape(beginning)}"), timeout=30_000)


READS = """async url => {
    const other = window.open(url);
    for (let tries = 0; tries < 300; tries++) {
        await new Promise(done => setTimeout(done, 100));
        try {
            if (other.location.href === url && other.document.querySelector("#logout")) { other.close(); return "yes"; }
        } catch (error) { other.close(); return "no"; }
    }
    return "late";
}"""


def reads(page: Page, url: str) -> str:
    """Whether a program in the page gets to see a page of the hub's, as the person who is signed in does: yes or no."""
    return str(page.evaluate(READS, url))


def makes_a_token(page: Page, url: str) -> None:
    """A request that changes something, which the hub lets through with the right XSRF token only."""
    page.goto(f"{url}/hub/token")
    page.wait_for_function("window._jupyterhub_page_loaded")
    page.get_by_role("button", name="Request new API token").click()
    expect(page.locator("#token-result")).to_have_text(re.compile(r"^\S{20,}$"))


def cookies_are_the_stacks_own(page: Page, origin: str, address: Address) -> None:
    """They reach nothing outside of the base URL, never travel without https where there is any, nor with others' forms.

    One whose name begins with __Host- is for a whole host, of which it is certain then that it has set it.
    """
    host = urlsplit(origin).hostname
    cookies = [cookie for cookie in page.context.cookies() if str(cookie.get("domain")).endswith(str(host))]
    assert cookies
    if "STACK_SUBDOMAINS" in address.settings:
        others = {cookie.get("name") for cookie in cookies if not cookie.get("name", "").startswith("__Host-")}
        assert others == {"_xsrf", "jupyterhub-session-id"}, "what a page on a person's host can set too"
    else:
        assert [cookie for cookie in cookies if not cookie.get("path", "").startswith(address.base_url)] == []
    assert {cookie["secure"] for cookie in cookies} == {origin.startswith("https")}
    assert {cookie["sameSite"] for cookie in cookies} == {"Lax"}

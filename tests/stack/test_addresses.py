"""Where a browser finds the stack: in every combination people sign in, their forms, cells and cookies are right, and
GitLab sends them back to where they were."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.pki import issue
from tests.stack.browser import go, in_lab, new_notebook, run_cell
from tests.stack.gitlab_person import PASSWORD, GitlabPerson, sign_in_to_gitlab
from tests.stack.person import Person
from tests.stack.running import HOST, HTTPS_PORT, WEBSITE, Stack
from tests.stack.website import website
from tests.standins.gitlab.container import Gitlab

PATH = "/Team.A/jupyter-lab_1/"


@dataclass(frozen=True)
class Address:
    """One combination. `entered`: what is typed; `url`: where the stack then is."""

    entered: str
    url: str
    base_url: str = "/"
    settings: dict[str, str] = field(default_factory=dict)
    gitlab: bool = False
    website: bool = False
    cell: bool = True  # whether a server is started too, which takes longer

    def of(self, person: str, url: str) -> str:
        """Where a person's notebooks are, with the stack at `url`."""
        return url.replace("://", f"://{person}.") if "STACK_SUBDOMAINS" in self.settings else url


HTTP = "http://{machine}:{port}"
FILES = {"STACK_HOST": HOST, "STACK_TLS": "files"}
OFF = {"STACK_HOST": WEBSITE, "STACK_TLS": "off"}
ON = {"STACK_SUBDOMAINS": "on"}
ADDRESSES = {
    "http, path, GitLab": Address(HTTP, HTTP, PATH, gitlab=True),
    "TLS, other port, GitLab, subdomains": Address(
        f"http://{HOST}:{{port}}", f"https://{HOST}:{HTTPS_PORT}", settings={"STACK_HOST": HOST, **ON}, gitlab=True
    ),
    "own certificate, path, GitLab": Address(
        f"http://{HOST}:{{port}}", f"https://{HOST}:{HTTPS_PORT}", PATH, settings=FILES, gitlab=True, cell=False
    ),
    "TLS proxy, path, GitLab, subdomains": Address(
        f"https://{WEBSITE}{PATH}", f"https://{WEBSITE}", PATH, settings=OFF | ON, gitlab=True, website=True
    ),
    "TLS, path": Address(
        f"http://{HOST}:{{port}}",
        f"https://{HOST}",
        PATH,
        settings={"STACK_HOST": HOST, "STACK_HTTPS_PORT": "443"},
    ),
    "own certificate": Address(f"https://{HOST}:{HTTPS_PORT}", f"https://{HOST}:{HTTPS_PORT}", settings=FILES, cell=False),
    "TLS proxy, other port": Address(
        f"https://{WEBSITE}:8443", f"https://{WEBSITE}:8443", settings=OFF | {"STACK_HTTPS_PORT": "8443"}, website=True
    ),
    "http proxy, path": Address(f"http://{WEBSITE}{PATH}", f"http://{WEBSITE}", PATH, website=True),
}
"""Each pair of: TLS or not, `/` or a path, GitLab or an account here, a proxy or none, the usual port or another.

And with a host for each person, where there is TLS.
"""


@dataclass
class Seen:
    """What a browser did."""

    requests: list[str] = field(default_factory=list)
    websockets: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def server(stack: Stack) -> Iterator[Gitlab]:
    """A GitLab where gil has an account."""
    with Gitlab(f"{stack.name}-gitlab", f"{stack.name}-users", "/gitlab") as running:
        running.control.add_user("gil", email="gil@example.org", password=PASSWORD)
        yield running


@pytest.fixture(scope="module")
def token(server: Gitlab) -> str:
    """An administrator's access token there."""
    return server.control.add_token("root", ["api"])


@pytest.fixture(scope="module")
def ada(new_person: Callable[[str], Person]) -> Person:
    """Somebody with an account here, made before the stack moves."""
    return new_person("ada")


@pytest.fixture(scope="module", autouse=True)
def back_again(stack: Stack, server: Gitlab, token: str, ada: Person) -> Iterator[None]:
    """Afterwards the stack is where it was, and GitLab is forgotten."""
    yield
    stack.configure(GITLAB_URL=server.url, GITLAB_CA_FILE=str(server.ca_file))
    stack.ctl("gitlab", "revoke", "--confirm", stack.name, GITLAB_TOKEN=token)
    stack.configure()
    stack.ctl("up", "--yes")
    stack.ctl("users", "remove", "gil")


@pytest.fixture
def seen(page: Page) -> Seen:
    """What the browser does in a test."""
    seen = Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("websocket", lambda opened: seen.websockets.append(opened.url))
    return seen


@pytest.fixture(params=list(ADDRESSES.values()), ids=list(ADDRESSES))
def address(request: pytest.FixtureRequest, stack: Stack, server: Gitlab, token: str, tmp_path: Path) -> Iterator[Address]:
    """The stack is there."""
    address: Address = request.param
    given = address.settings | {"STACK_BASE_URL": address.base_url}
    if given.get("STACK_TLS") == "files":
        given |= certificate(tmp_path)
    with ExitStack() as running:
        if address.gitlab:
            gitlab = {"GITLAB_URL": server.url, "GITLAB_CA_FILE": str(server.ca_file), "GITLAB_ALLOWED_USERS": "gil"}
            stack.configure(**given, **gitlab)
            stack.ctl("gitlab", "register", "--other-gitlab", GITLAB_TOKEN=token)
        else:
            stack.configure(**given)
            stack.ctl("up", "--yes")
        if address.website:
            tls = address.url.startswith("https")
            running.enter_context(website(stack, tmp_path, host=WEBSITE, base_url=address.base_url, tls=tls))
        yield address


def certificate(folder: Path) -> dict[str, str]:
    """The settings with a certificate of one's own, which is in `folder`."""
    ca = issue("CA")
    site = issue(HOST, ca, names=[HOST])
    for name, text in {"site.pem": site.pem + ca.pem, "key.pem": site.key_pem()}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    return {"STACK_TLS_CERTIFICATE": f"{folder}/site.pem", "STACK_TLS_KEY": f"{folder}/key.pem"}


def test_everything_works_at_the_address(
    stack: Stack, server: Gitlab, ada: Person, address: Address, page: Page, seen: Seen
) -> None:
    entered, origin = (text.format(machine="127.0.0.1", port=stack.port) for text in (address.entered, address.url))
    url = f"{origin}{address.base_url}".rstrip("/")
    if "STACK_HOST" in address.settings or not address.website:  # else it does not know of the proxy
        assert stack.inside("hub", "echo $STACKCTL_PUBLIC_URL").strip() == f"{url}/"

    go(page, entered)
    is_at(page, f"{url}/hub/login")
    if not address.cell:
        go(page, f"{url}/hub/login?next={quote(f'{address.base_url}hub/home')}")
    if address.gitlab:
        sign_in_to_gitlab(page, GitlabPerson(stack, server, "gil"))
    else:
        page.get_by_label("Username").fill(ada.name)
        page.get_by_label("Password").fill(ada.password)
        page.get_by_role("button", name="Sign in").click()
    own = address.of("gil" if address.gitlab else ada.name, url)
    if address.cell:
        in_lab(page)
        assert page.url.startswith(f"{own}/user/")
        assert reads(page, f"{url}/hub/home") == ("yes" if own == url else "no")
        go(page, f"{page.url.partition('?')[0]}?reset")  # without what was open at another address
        in_lab(page)
        new_notebook(page)
        expect(run_cell(page, "print(6 * 7)")).to_have_text("42\n", timeout=30_000)
        go(page, f"{url}/hub/home")
    is_at(page, f"{url}/hub/home")
    makes_a_token(page, url)
    cookies_are_the_stacks_own(page, origin, address)
    page.locator("#logout").click()
    is_at(page, f"{url}/hub/log")
    go(page, f"{url}/hub/home")
    is_at(page, f"{url}/hub/login")

    if own != url and not address.website:
        said = stack.ctl("doctor", "--quiet-call=1", code=3)
        assert f"Subdomains of {HOST} are not known in DNS: people could not open their notebooks." in said.out
        assert "A websocket comes through." in said.out

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
        answer = go(page, f"{origin}/hub/login")
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
    go(page, f"{url}/hub/token")
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

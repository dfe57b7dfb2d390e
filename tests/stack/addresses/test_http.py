"""Without a browser: where redirects, forms and links lead, what cookies are for, and which callback GitLab gets."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import pytest
import requests

from tests.stack.addresses.places import ADDRESSES, Address
from tests.standins.gitlab.container import Gitlab
from tests.standins.gitlab.visitor import Visitor
from tests.support.gitlab_person import PASSWORD
from tests.support.person import Person
from tests.support.running import Stack

EACH = ["TLS, other port, GitLab, subdomains", "http proxy, path"]
SELDOM = ["http, path, GitLab", "TLS, path"]
LOOKED_AT = [
    *(pytest.param(ADDRESSES[name], id=name) for name in EACH),
    *(pytest.param(ADDRESSES[name], id=name, marks=pytest.mark.full) for name in SELDOM),
]


@pytest.mark.parametrize("address", LOOKED_AT, indirect=True)
def test_redirects_forms_and_cookies_stay_there(stack: Stack, server: Gitlab, ada: Person, address: Address) -> None:
    entered, origin = (text.format(machine="127.0.0.1", port=stack.port) for text in (address.entered, address.url))
    url, session = f"{origin}{address.base_url}".rstrip("/"), stack.session()
    page = session.get(entered, timeout=30)
    assert page.url.startswith(f"{url}/hub/login"), [page.url, *(step.url for step in page.history)]
    assert outside(page, url) == []

    home = quote(f"{address.base_url}hub/home")
    answer = sign_in_through_gitlab(session, url, server, home) if address.gitlab else sign_in(session, page, ada, home)
    assert urljoin(answer.url, answer.headers["Location"]) == f"{url}/hub/home"
    page = session.get(f"{url}/hub/home", timeout=30)
    assert (page.status_code, page.url) == (200, f"{url}/hub/home")
    assert outside(page, url) == []
    cookies_are_the_stacks_own(session, origin, address)

    xsrf = next(item.value for item in session.cookies if item.name.endswith("_xsrf") and item.path.endswith("/hub/"))
    tokens = f"{url}/hub/api/users/{'gitte' if address.gitlab else ada.name}/tokens"
    made = session.post(tokens, json={}, headers={"X-XSRFToken": str(xsrf), "Referer": page.url}, timeout=30)
    assert (made.status_code, session.post(tokens, json={}, timeout=30).status_code) == (201, 403)
    if address.base_url != "/":
        assert session.get(f"{origin}/hub/login", timeout=30).status_code == 404, "nothing is outside of the base URL"


def outside(page: requests.Response, url: str) -> list[str]:
    """Where a page's links, scripts, images and forms lead that is not the stack's."""
    found = re.findall(r'(?:href|src|action)="([^"#]+)"', page.text)
    assert found, page.text
    places = [urljoin(page.url, place) for place in found if not place.startswith("data:")]
    return [place for place in places if not place.startswith(f"{url}/") and "://jupyter" not in place]


def sign_in(session: requests.Session, page: requests.Response, person: Person, following: str) -> requests.Response:
    """Fill in the form of the sign-in page."""
    xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert xsrf, page.text
    form = {"username": person.name, "password": person.password, "_xsrf": xsrf[1]}
    to = urljoin(page.url, f"login?next={following}")
    return session.post(to, form, headers={"Referer": page.url}, allow_redirects=False, timeout=30)


def sign_in_through_gitlab(session: requests.Session, url: str, server: Gitlab, following: str) -> requests.Response:
    """Go through GitLab's pages, and back."""
    begun = session.get(f"{url}/hub/oauth_login?next={following}", timeout=30, allow_redirects=False)
    asked = begun.headers["Location"]
    assert parse_qs(urlsplit(asked).query)["redirect_uri"] == [f"{url}/hub/oauth_callback"]
    back = Visitor(server.url, str(server.ca_file)).authorize(asked, "gitte", PASSWORD)
    return session.get(back, timeout=60, allow_redirects=False)


def cookies_are_the_stacks_own(session: requests.Session, origin: str, address: Address) -> None:
    """For the base URL alone, for https alone where there is any, and never sent with others' forms."""
    assert list(session.cookies)
    if "STACK_SUBDOMAINS" in address.settings:
        others = {item.name for item in session.cookies if not item.name.startswith("__Host-")}
        assert others <= {"_xsrf", "jupyterhub-session-id"}, "what a page on a person's host can set too"
    else:
        assert [item.name for item in session.cookies if not item.path.startswith(address.base_url)] == []
    assert {item.secure for item in session.cookies} == {origin.startswith("https")}
    assert {item.get_nonstandard_attr("SameSite") for item in session.cookies} == {"Lax"}

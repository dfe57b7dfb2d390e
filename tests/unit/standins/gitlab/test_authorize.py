"""Signing in, the consent page, and what goes back to the client."""

from __future__ import annotations

import pytest
import requests

from tests.standins.gitlab.doorkeeper import redirect_matches
from tests.standins.gitlab.running import Running
from tests.standins.gitlab.visitor import Page, Visitor
from tests.unit.standins.gitlab.client import CALLBACK, Client


@pytest.fixture
def ada(client: Client) -> Visitor:
    """Somebody who is signed in."""
    visitor = client.visitor
    visitor.sign_in(visitor.open("/users/sign_in"), "ada", "ada-passw0rd")
    return visitor


def test_who_is_not_signed_in_is_asked_to_and_comes_back(client: Client) -> None:
    answer = requests.get(client.address(), allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{client.gitlab.url}/users/sign_in")
    page = client.visitor.open(client.address())
    page = client.visitor.sign_in(page, "Ada", "ada-passw0rd")  # in any case
    assert Page(page.text).shown("h1") == "Authorize hub to use your account?"
    assert [text for tag, text in Page(page.text).texts if tag == "strong"] == ["openid", "read_api"]


def test_a_stranger_is_not_told_that_a_client_is_unknown(client: Client) -> None:
    answer = requests.get(client.address(client_id="nobody"), allow_redirects=False, timeout=10)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("changes", "back"),
    [
        ({"prompt": "none"}, True),
        ({"prompt": "none", "client_id": "nobody"}, False),
        ({"prompt": "none", "redirect_uri": "https://elsewhere.example.org/"}, False),
        ({"prompt": "none", "scope": "openid api"}, False),
        ({"prompt": "none", "scope": "read_api"}, False),
        ({}, False),
    ],
)
def test_a_stranger_who_must_see_no_page_goes_back_when_all_is_right(
    client: Client, changes: dict[str, str], back: bool
) -> None:
    answer = requests.get(client.address(**changes), allow_redirects=False, timeout=10)
    target = f"{CALLBACK}?error=login_required&" if back else f"{client.gitlab.url}/users/sign_in"
    assert answer.headers["Location"].startswith(target)


def test_authorize_sends_a_code_and_the_state_back(client: Client) -> None:
    back = client.come_back()
    assert set(back) == {"code", "state"}
    assert back["state"] == "s1"
    assert len(back["code"]) == 64


def test_deny_sends_access_denied_back_and_no_code(client: Client) -> None:
    assert client.come_back(button="Deny") == {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
        "state": "s1",
    }


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"client_id": ""}, "Missing required parameter: client_id."),
        ({"client_id": "nobody"}, "Client authentication failed due to unknown client, no client authentication included, "),
        ({"redirect_uri": ""}, "The redirect URI included is not valid."),
        ({"redirect_uri": CALLBACK + "/"}, "The redirect URI included is not valid."),
        ({"redirect_uri": "http://hub.example.org/hub/oauth_callback"}, "The redirect URI included is not valid."),
        ({"response_type": ""}, "Missing required parameter: response_type."),
        ({"response_type": "token"}, "The authorization server does not support this response type."),
        ({"scope": "openid api"}, "The requested scope is invalid, unknown, or malformed."),
        ({"scope": ""}, "The requested scope is invalid, unknown, or malformed."),  # means api
        ({"code_challenge_method": "S512"}, "The code_challenge_method must be one of plain, S256."),
    ],
)
def test_an_error_is_a_page_and_nothing_goes_back(ada: Visitor, client: Client, changes: dict[str, str], shown: str) -> None:
    page = ada.open(client.address(**changes))
    assert page.status_code == 200
    assert Page(page.text).shown("h1") == "An error has occurred"
    assert Page(page.text).shown("pre").startswith(shown)


def test_consent_is_remembered_for_the_same_scopes_while_a_token_lives(client: Client, gitlab: Running) -> None:
    client.tokens()
    page = client.visitor.open(client.address())
    assert (page.status_code, Page(page.text).shown("h1")) == (200, "Redirecting")  # a page with a script, no 302
    assert Page(page.text).links[0].startswith(f"{CALLBACK}?code=")
    assert Page(page.text).links[0] in page.text.split("<script>")[1].replace("\\u0026", "&")
    other = client.visitor.open(client.address(scope="openid email read_api"))
    assert Page(other.text).form("Authorize")
    assert gitlab.control.revoke_access_tokens("ada") == 1
    assert Page(client.visitor.open(client.address()).text).form("Authorize")


def test_consent_to_a_public_application_is_not_remembered(client: Client, gitlab: Running) -> None:
    client.tokens()
    gitlab.control.change_application(client.uid, confidential=False)
    assert Page(client.visitor.open(client.address()).text).form("Authorize")


def test_a_trusted_application_is_not_asked_about(ada: Visitor, client: Client, gitlab: Running) -> None:
    gitlab.control.change_application(client.uid, trusted=True)
    assert Page(ada.open(client.address()).text).shown("h1") == "Redirecting"


def test_a_form_of_another_site_does_nothing(ada: Visitor, client: Client) -> None:
    form = Page(ada.open(client.address()).text).form("Authorize")
    forged = ada.session.post(client.gitlab.url + form.action, data=form.fields | {"authenticity_token": "x"}, timeout=10)
    assert forged.status_code == 422
    assert client.gitlab.state.grants == {}


def test_a_name_cannot_put_html_into_a_page(ada: Visitor, client: Client, gitlab: Running) -> None:
    gitlab.control.change_application(client.uid, name="<script>alert(1)</script>")
    assert "<script>" not in ada.open(client.address()).text


@pytest.mark.parametrize(
    ("address", "fits"),
    [
        ("https://a.example/cb", True),
        ("https://a.example:443/cb", True),
        ("https://a.example:444/cb", False),
        ("https://a.example/cb?x=1", False),
        ("https://a.example/cb#x", False),
        ("https://evil@a.example/cb", False),
        ("https://b.example/cb?x=1&y=2", True),
        ("https://b.example/cb?y=2&x=1", True),
        ("http://127.0.0.1:8000/cb", True),
        ("http://127.0.0.1:9000/cb", True),
        ("http://127.0.0.1:9000/cc", False),
        ("http://localhost:9000/cb", False),
        ("http://[::1", False),
        ("/cb", False),
    ],
)
def test_redirect_addresses(address: str, fits: bool) -> None:
    registered = "https://a.example/cb https://b.example/cb?y=2&x=1 http://127.0.0.1:8000/cb http://localhost:8000/cb"
    assert redirect_matches(address, registered) is fits

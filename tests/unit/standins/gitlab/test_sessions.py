"""GitLab's own sign-in page."""

from __future__ import annotations

import pytest

from tests.standins.gitlab.running import Running, running
from tests.standins.gitlab.visitor import Page, Visitor


@pytest.fixture
def visitor(gitlab: Running) -> Visitor:
    return Visitor(gitlab.url)


def user_shown(visitor: Visitor) -> str:
    return Page(visitor.open("/").text).shown("p")


def test_signing_in_and_out(visitor: Visitor) -> None:
    assert Page(visitor.open("/").text).shown("div") == "You need to sign in or sign up before continuing."
    visitor.sign_in(visitor.open("/users/sign_in"), "ada@example.org", "ada-passw0rd")
    assert user_shown(visitor) == "@ada"
    visitor.open("/users/sign_out")
    assert user_shown(visitor) == ""


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", "ada-passw0rd"), ("ada", "")])
def test_a_wrong_password_and_a_wrong_name_are_answered_alike(visitor: Visitor, name: str, password: str) -> None:
    page = visitor.sign_in(visitor.open("/users/sign_in"), name, password)
    assert Page(page.text).shown("div") == "Invalid login or password."
    assert user_shown(visitor) == ""


def test_somebody_blocked_sees_it_and_their_sessions_end(visitor: Visitor, gitlab: Running) -> None:
    visitor.sign_in(visitor.open("/users/sign_in"), "ada", "ada-passw0rd")
    gitlab.control.block("ada")
    assert user_shown(visitor) == ""
    page = visitor.sign_in(visitor.open("/users/sign_in"), "ada", "ada-passw0rd")
    message = "Your account has been blocked. Please contact your GitLab administrator if you think this is an error."
    assert Page(page.text).shown("div") == message
    gitlab.control.unblock("ada")
    visitor.sign_in(page, "ada", "ada-passw0rd")
    assert user_shown(visitor) == "@ada"


def test_signing_in_activates_a_deactivated_account(visitor: Visitor, gitlab: Running) -> None:
    gitlab.control.change_user("ada", state="deactivated")
    visitor.sign_in(visitor.open("/users/sign_in"), "ada", "ada-passw0rd")
    assert gitlab.state.user("ada").state == "active"


def test_signing_in_changes_the_cookie_and_wants_the_form_s_own_token(visitor: Visitor) -> None:
    page = visitor.open("/users/sign_in")
    before = visitor.session.cookies["_gitlab_session"]
    refused = visitor.submit(page, "Sign in", authenticity_token="x")
    assert refused.status_code == 422
    visitor.sign_in(page, "ada", "ada-passw0rd")
    assert visitor.session.cookies["_gitlab_session"] != before


@pytest.mark.parametrize("tls", [False, True])
def test_under_a_prefix_everything_stays_below_it(tls: bool) -> None:
    with running(prefix="/gitlab", tls=tls) as gitlab:
        visitor = Visitor(gitlab.url, str(gitlab.ca_file) if tls else True)
        page = visitor.open(gitlab.url)
        assert page.url == f"{gitlab.url}/users/sign_in"
        assert "Path=/gitlab" in page.headers["Set-Cookie"]
        assert ("Secure" in page.headers["Set-Cookie"]) is tls
        password = gitlab.state.ROOT_PASSWORD
        assert Page(visitor.sign_in(page, "root", password).text).shown("p") == "@root"
        assert visitor.session.get(gitlab.url.removesuffix("/gitlab") + "/users/sign_in", timeout=10).status_code == 404

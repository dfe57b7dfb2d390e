"""The way in through GitLab's own pages, and every way in which it ends before the door."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.standins.gitlab.client import Control
from tests.standins.gitlab.container import Gitlab
from tests.support.browser import in_lab, new_page
from tests.support.gitlab_person import GitlabPerson, sign_in_to_gitlab
from tests.support.running import Stack

Members = Callable[..., GitlabPerson]


def test_from_the_sign_in_page_through_gitlab_to_jupyterlab(stack: Stack, page: Page, new_member: Members) -> None:
    page.goto(stack.url)
    expect(page.get_by_role("heading", name="The data lab")).to_be_visible()
    assert page.locator("form, input").count() == 0, "one button and nothing else"
    sign_in_to_gitlab(page, new_member("alice-through"))
    in_lab(page)
    assert "/user/alice-through/lab" in page.url


def test_chinese_browsers_get_chinese(stack: Stack, gitlab: Gitlab, browser: Browser) -> None:
    page = new_page(browser, locale="zh-CN")
    page.goto(stack.url)
    expect(page.get_by_role("button", name="使用 GitLab 登录")).to_be_visible()
    page.goto(f"{stack.url}/hub/oauth_callback?error=access_denied&state=x")
    expect(page.get_by_role("heading", name="本次登录已失效")).to_be_visible()
    page.context.close()


def test_the_request_to_gitlab_has_pkce_a_state_and_the_scopes_that_are_needed(stack: Stack, gitlab: Gitlab) -> None:
    answer = requests.get(f"{stack.url}/hub/oauth_login", timeout=10, allow_redirects=False, proxies={"http": ""})
    assert answer.headers["Location"].startswith(f"{gitlab.url}/oauth/authorize?")
    parts = dict(re.findall(r"[?&]([^=]+)=([^&]*)", answer.headers["Location"]))
    assert (parts["code_challenge_method"], len(parts["code_challenge"])) == ("S256", 43)
    assert len(parts["state"]) > 30
    assert parts["scope"] == "openid+read_user+write_repository"


def test_another_name_for_this_machine_leads_to_the_address_that_gitlab_knows(stack: Stack, gitlab: Gitlab) -> None:
    other = stack.url.replace("127.0.0.1", "localhost")
    answer = requests.get(
        f"{other}/hub/oauth_login?next=/hub/token", timeout=10, allow_redirects=False, proxies={"http": ""}
    )
    assert answer.headers["Location"] == f"{stack.url}/hub/oauth_login?next=/hub/token"


def test_somebody_outside_the_groups_is_refused_until_they_join(
    stack: Stack, page: Page, control: Control, new_member: Members
) -> None:
    stranger = new_member("stranger", group="")
    page.goto(stack.url)
    sign_in_to_gitlab(page, stranger)
    expect(page.get_by_role("heading", name="Your account doesn’t have access yet")).to_be_visible()
    expect(page.get_by_text("You are signed in to GitLab as stranger")).to_be_visible()
    assert "stranger" not in stack.ctl("users", "list").out
    control.add_member("data/lab", "stranger", 10)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Sign in with GitLab").click()
    expect(page.get_by_role("heading", name="Your account doesn’t have access yet")).to_be_visible()
    control.add_member("data", "stranger", 10)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Sign in with GitLab").click()
    in_lab(page)


def test_deny_comes_back_with_a_page_that_says_so(stack: Stack, page: Page, new_member: Members) -> None:
    person = new_member("shy")
    page.goto(stack.url)
    page.get_by_role("button", name="GitLab").click()
    page.get_by_label("Username or primary email").fill(person.username)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", name="You didn’t authorize this server")).to_be_visible()


FAULTS = {
    "error": "/gitlab/oauth/token answered 502.",
    "html": "/gitlab/oauth/token answered 200, but not with JSON.",
    "closed": "/gitlab/oauth/token cannot be reached: ",
    "rate_limited": "/gitlab/oauth/token is rate-limiting this server.",
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_gitlab_that_does_not_answer_is_named(control: Control, carol: GitlabPerson, kind: str) -> None:
    control.fault(kind, prefix="/oauth/token", retry_after=7)
    _, answer = carol.sign_in()
    assert answer.status_code == 503
    assert "GitLab is not responding" in answer.text
    assert FAULTS[kind] in answer.text
    assert answer.headers.get("Retry-After") == ("7" if kind == "rate_limited" else None)


@pytest.mark.parametrize("query", ["code=x&state=y", "code=x", "state=y", "error=x&error_description=Call+us&state=y", ""])
def test_an_answer_that_no_sign_in_waits_for_has_expired(stack: Stack, gitlab: Gitlab, query: str) -> None:
    answer = stack.session().get(f"{stack.url}/hub/oauth_callback?{query}", timeout=10)
    assert answer.status_code == 400
    assert "This sign-in has expired" in answer.text
    assert "Call us" not in answer.text


def test_a_code_does_not_work_twice(carol: GitlabPerson) -> None:
    session, answer = carol.sign_in()
    assert answer.status_code == 302
    again = session.get(answer.url, timeout=10, allow_redirects=False)
    assert "This sign-in has expired" in again.text


def test_an_application_whose_secret_is_another_at_gitlab(
    stack: Stack, control: Control, carol: GitlabPerson, gitlab: Gitlab
) -> None:
    (application,) = (item for item in control.applications() if item["name"] == "The data lab")
    control.renew_secret(application["uid"])
    try:
        _, answer = carol.sign_in()
        assert "GitLab rejected this server" in answer.text
        assert "stackctl gitlab check" in answer.text
        output = stack.ctl("gitlab", "check", code=3)
        assert "GitLab rejects the application: it was deleted there, or has another secret." in output.out
    finally:
        stack.ctl("gitlab", "rotate", GITLAB_TOKEN=gitlab.control.add_token("root", ["api"]))
    assert carol.sign_in()[1].status_code == 302

"""Signing in, and everything that must not be signed in with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import sign_in
from tests.support.person import Person
from tests.support.running import Stack

LOCKED_AFTER = 5


def test_the_address_leads_to_the_sign_in_page(stack: Stack, page: Page) -> None:
    answer = page.goto(stack.url)
    assert answer is not None
    assert answer.status == 200
    expect(page.get_by_label("Username")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_wrong_password_is_refused_with_a_message(alice: Person, page: Page) -> None:
    sign_in(page, alice, password="not-her-password")
    expect(page.get_by_text("Invalid username or password")).to_be_visible()
    page.goto(f"{alice.stack.url}/hub/home")
    expect(page.get_by_label("Password")).to_be_visible()


def test_nobody_signs_in_as_another(alice: Person, bob: Person) -> None:
    assert bob.sign_in(name=alice.name)[1].status_code == 403
    assert alice.sign_in()[1].status_code == 302


def test_a_name_is_the_same_in_any_case(alice: Person) -> None:
    assert alice.sign_in(name="ALICE")[1].status_code == 302


@pytest.mark.parametrize("path", ["/hub/signup", "/hub/authorize", "/hub/api/users/mallory"])
def test_nobody_makes_an_account_by_themselves(alice: Person, path: str) -> None:
    _, refused = alice.sign_in(name="mallory")
    assert refused.status_code == 403
    session, _ = alice.sign_in()
    assert session.get(alice.stack.url + path, timeout=10).status_code in (403, 404)
    assert session.post(alice.stack.url + path, timeout=10).status_code in (403, 404)


@pytest.mark.parametrize("name", ["", "nobody", "../alice", "x" * 5000])
def test_a_name_without_an_account_is_refused_like_a_wrong_password(alice: Person, name: str) -> None:
    _, answer = alice.sign_in(name=name or " ")
    assert answer.status_code == 403
    assert "Invalid username or password" in answer.text


def test_too_many_wrong_passwords_lock_an_account_until_it_gets_a_new_one(new_person: Callable[[str], Person]) -> None:
    locked = new_person("forgetful")
    for _ in range(LOCKED_AFTER):
        assert locked.sign_in(password="wrong-password")[1].status_code == 403
    _, answer = locked.sign_in()
    assert answer.status_code == 403
    assert "This account is locked for 10 minutes." in answer.text
    password = locked.stack.ctl("users", "passwd", locked.name).out.strip()
    assert locked.sign_in(password=password)[1].status_code == 302
    assert locked.sign_in()[1].status_code == 403, "the old password"


def test_a_user_changes_their_own_password(new_person: Callable[[str], Person], page: Page) -> None:
    person = new_person("careful")
    sign_in(page, person)
    page.goto(f"{person.stack.url}/hub/change-password")
    new = "a-new-pass-phrase"
    for field, text in {"old_password": person.password, "new_password": new, "new_password_confirmation": new}.items():
        page.locator(f"input[name={field}]").fill(text)
    page.locator("form [type=submit]").last.click()
    expect(page.get_by_text("successful")).to_be_visible()
    assert person.sign_in(password=new)[1].status_code == 302
    assert person.sign_in()[1].status_code == 403
    person.password = new


def test_a_page_that_is_not_there_leads_on(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.url}/hub/nonsense")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    page.get_by_role("button", name="Home").click()
    expect(page.get_by_label("Username")).to_be_visible()


def test_signing_out_ends_the_session(alice: Person, page: Page) -> None:
    sign_in(page, alice)
    page.goto(f"{alice.stack.url}/hub/home")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{alice.stack.url}/hub/home")
    expect(page.get_by_label("Password")).to_be_visible()

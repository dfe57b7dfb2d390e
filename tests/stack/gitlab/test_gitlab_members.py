"""What changes in GitLab while people are here: groups, roles, blocks, names."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.standins.gitlab.client import Control
from tests.support.gitlab_person import INTERVAL, GitlabPerson, sign_in_to_gitlab
from tests.support.kernel import Kernel
from tests.support.running import Stack
from tests.support.waiting import wait_until

Members = Callable[..., GitlabPerson]

LONGEST = 20
"""Seconds for a change to take effect."""
DOWN = 5 * INTERVAL
"""Seconds for which GitLab does not answer: two or more looks at everybody."""


def leave(control: Control, username: str) -> None:
    control.remove_member("data", username)


def be_blocked(control: Control, username: str) -> None:
    control.block(username)


@pytest.mark.parametrize("change", [leave, be_blocked])
def test_who_is_out_in_gitlab_is_out_here(
    stack: Stack, control: Control, new_member: Members, change: Callable[[Control, str], None]
) -> None:
    person = new_member(f"gone-{change.__name__}".replace("_", "-"))
    person.start()
    session, _ = person.sign_in()
    assert session.get(f"{stack.url}/hub/home", timeout=10).url.endswith("/hub/home")
    change(control, person.username)
    wait_until(lambda: person.name not in stack.servers(), LONGEST, "the end of the server")
    assert "/hub/login" in session.get(f"{stack.url}/hub/home", timeout=10).url, "the page"
    assert person.hub("GET").status_code == 403, "the API token"
    if change is leave:  # GitLab itself turns away who is blocked
        assert person.sign_in()[1].status_code == 403


def test_a_deleted_account_cannot_use_its_token(stack: Stack, control: Control, new_member: Members) -> None:
    person = new_member("deleted")
    assert person.hub("GET").status_code == 200
    control.delete_user("deleted")
    wait_until(lambda: person.hub("GET").status_code == 403, LONGEST, "the end of the API token", every=0.5)


def test_who_works_goes_on_while_gitlab_is_down(stack: Stack, control: Control, carol: GitlabPerson) -> None:
    with Kernel(carol.start()) as kernel:
        kernel.run("remembered = 'before'")
        control.refuse(DOWN)
        deadline = time.monotonic() + DOWN
        while time.monotonic() < deadline:
            assert carol.hub("GET").status_code == 200
            assert kernel.run("print(remembered)") == "before"
            time.sleep(1)
        assert carol.name in stack.servers()
    wait_until(lambda: answers(control), 20, "GitLab is back")


def answers(control: Control) -> bool:
    """Whether GitLab's port is open."""
    try:
        control.clear_requests()
    except requests.ConnectionError:
        return False
    return True


def test_a_group_makes_an_administrator_and_unmakes_one(control: Control, page: Page, new_member: Members) -> None:
    person = new_member("climber")
    page.goto(person.stack.url)
    sign_in_to_gitlab(page, person)
    page.goto(f"{person.stack.url}/hub/admin")
    expect(page.get_by_role("heading", name="Access denied")).to_be_visible()
    assert person.hub("GET").json()["groups"] == ["data", "data/lab"]
    control.add_member("ops", "climber", 30)
    wait_until(lambda: "ops" in person.hub("GET").json()["groups"], LONGEST, "the group", every=0.5)
    assert not person.hub("GET").json()["admin"], "the setting asks for a maintainer"
    control.add_member("ops", "climber", 40)
    wait_until(lambda: person.hub("GET").json()["admin"], LONGEST, "the administrator", every=0.5)
    page.goto(f"{person.stack.url}/hub/admin")
    expect(page.get_by_text("climber").first).to_be_visible()
    control.remove_member("ops", "climber")
    wait_until(lambda: not person.hub("GET").json()["admin"], LONGEST, "the end of that", every=0.5)


def test_files_stay_with_their_owner_when_names_change_hands(stack: Stack, control: Control, new_member: Members) -> None:
    first = new_member("sam")
    first.start()
    first.write("mine.txt", "the first one's")
    first.stop()
    control.rename("sam", "samantha")
    second = new_member("sam")
    assert second.sign_in()[1].status_code == 302
    second.name = other_name(stack, "sam")
    second.start()
    assert {item["name"] for item in second.server("GET", "api/contents").json()["content"]} == {".home", "shared"}
    first.username = "samantha"
    assert first.sign_in()[1].status_code == 302
    assert first.start().read("mine.txt") == "the first one's"
    listed = stack.ctl("users", "list").out
    assert "samantha" in listed


def other_name(stack: Stack, username: str) -> str:
    """The name that the hub gives to the second person with a user name: it ends in their account number."""
    (found,) = re.findall(rf"^{username}-\d+", stack.ctl("users", "list").out, re.MULTILINE)
    return str(found)


NAMES = ["x" * 255]
NAMES_TOO = ["y" * 254 + "Z", "_under", "Some.Body_Else-1", "1234", "a.b", "a_b", "a-b"]
EACH = [*NAMES, *(pytest.param(name, marks=pytest.mark.full) for name in NAMES_TOO)]


@pytest.mark.parametrize("username", EACH, ids=lambda name: name[-20:])
def test_every_name_that_gitlab_takes_gets_a_server_and_files(stack: Stack, new_member: Members, username: str) -> None:
    volumes = stack.volumes()
    person = new_member(username, name=username.lower()[:200])
    person.start()
    person.write("mine.txt", username)
    assert person.read("mine.txt") == username
    assert len(stack.volumes() - volumes) == 1
    person.stop()


def test_removing_somebody_with_their_files_removes_just_theirs(stack: Stack, control: Control, new_member: Members) -> None:
    first = new_member("twin")
    first.start()
    first.stop()
    stack.ctl("users", "remove", "twin")
    control.rename("twin", "twin-that-was")
    volumes = stack.volumes()
    second = new_member("twin", name="twin")
    assert second.sign_in()[1].status_code == 302
    second.name = name = other_name(stack, "twin")
    second.start().stop()
    stack.ctl("users", "remove", name, "--delete-files", "--confirm", name)
    assert stack.volumes() == volumes, "the first one's files are there, the second one's are not"


def test_no_administrator_reads_a_token_over_the_api(stack: Stack, new_member: Callable[..., GitlabPerson]) -> None:
    person, chief = new_member("token-owner"), new_member("token-chief")
    person.sign_in()
    chief.gitlab.control.add_member("ops", "token-chief", 40)
    assert chief.sign_in()[1].status_code == 302
    assert chief.hub("GET").json()["admin"]
    for answer in (
        chief.http.get(f"{stack.url}/hub/api/users/{person.name}", timeout=10),
        chief.http.get(f"{stack.url}/hub/api/users", timeout=10),
        chief.http.patch(f"{stack.url}/hub/api/users/{person.name}", json={"admin": False}, timeout=10),
    ):
        assert answer.status_code == 200
        assert "access_token" not in answer.text

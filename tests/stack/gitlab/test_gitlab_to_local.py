"""Back to accounts of this server's own: who came through GitLab is none of them, whatever the names are."""

from __future__ import annotations

from collections.abc import Callable

from tests.stack.gitlab_person import GitlabPerson
from tests.stack.running import Stack


def test_nobody_of_gitlab_stays_in_and_no_name_is_taken_over(
    stack: Stack, settings: dict[str, str], new_member: Callable[..., GitlabPerson]
) -> None:
    person = new_member("dave-of-gitlab")
    session, _ = person.sign_in()
    assert person.hub("GET").status_code == 200
    stack.configure(**settings)
    try:
        stack.ctl("up", "--yes")
        assert person.hub("GET").status_code == 403, "the API token"
        assert "/hub/login" in session.get(f"{stack.url}/hub/home", timeout=10).url, "the cookie"
        said = stack.ctl("users", "passwd", person.name, code=1)
        assert f"{person.name} is an account of " in said.err
    finally:
        stack.configure(**settings, STACK_AUTH="gitlab")
        stack.ctl("up", "--yes")
    assert person.hub("GET").status_code == 200


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

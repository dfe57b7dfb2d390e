"""One setting changed after the other, each from where the one before has left the stack: these come last but one.

Back to accounts of this server's own, where who came through GitLab is none of them, whatever the names are; GitLab again,
without Git in notebooks; and with nobody who may enter.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.support.gitlab_person import GitlabPerson
from tests.support.running import Stack


@pytest.fixture(scope="module")
def dave(new_member: Callable[..., GitlabPerson]) -> GitlabPerson:
    """Somebody who has signed in through GitLab, and has an API token."""
    person = new_member("dave-of-gitlab")
    assert person.hub("GET").status_code == 200
    return person


def test_nobody_of_gitlab_stays_in_and_no_name_is_taken_over(
    stack: Stack, settings: dict[str, str], dave: GitlabPerson
) -> None:
    session, _ = dave.sign_in()
    stack.configure(**settings)
    stack.ctl("up", "--yes")
    assert dave.hub("GET").status_code == 403, "the API token"
    assert "/hub/login" in session.get(f"{stack.url}/hub/home", timeout=10).url, "the cookie"
    output = stack.ctl("users", "passwd", dave.name, code=1)
    assert f"{dave.name} is an account of " in output.err


def test_gitlab_again_and_one_setting_switches_git_off(
    stack: Stack, settings: dict[str, str], dave: GitlabPerson, new_member: Callable[..., GitlabPerson]
) -> None:
    stack.configure(**settings, STACK_AUTH="gitlab", GITLAB_GIT="false")
    stack.ctl("up", "--yes")
    assert dave.hub("GET").status_code == 200, "the API token is good again"
    person = new_member("no-git")
    person.start()
    environment = "\n".join(stack.servers()[person.name].attrs["Config"]["Env"])
    assert "STACK_GIT_" not in environment
    address = f"{stack.url}/hub/api/users/{person.name}/git-credential"
    assert person.server_token().get(address, timeout=10).status_code == 404
    begun = requests.get(f"{stack.url}/hub/oauth_login", timeout=10, allow_redirects=False, proxies={"http": ""})
    assert "scope=openid+read_user&" in begun.headers["Location"] + "&"
    person.stop()


def test_up_warns_when_nobody_may_enter(stack: Stack, carol: GitlabPerson, settings: dict[str, str]) -> None:
    nobody = {"GITLAB_ALLOWED_GROUPS": "", "GITLAB_ADMIN_GROUPS": ""}
    stack.configure(**(settings | nobody), STACK_AUTH="gitlab")
    output = stack.ctl("up", "--yes")
    assert "GITLAB_ALLOWED_GROUPS" in output.err
    assert "Nobody can sign in yet" in carol.sign_in()[1].text

"""The application on GitLab's side, as `stackctl gitlab` keeps it."""

from __future__ import annotations

import json
import time

import pytest
import requests

from tests.standins.gitlab.client import Control
from tests.standins.gitlab.container import Gitlab
from tests.support.gitlab_person import INTERVAL, GitlabPerson
from tests.support.kernel import Kernel
from tests.support.running import Stack


def application(control: Control) -> dict[str, object]:
    (found,) = (item for item in control.applications() if item["name"] == "The data lab")
    return dict(found)


def secret_file(stack: Stack) -> dict[str, str]:
    found: dict[str, str] = json.loads((stack.root / ".stack" / stack.name / "hub" / "gitlab.json").read_text())
    return found


def test_register_has_made_one_application_with_just_what_is_needed(stack: Stack, control: Control) -> None:
    made = application(control)
    assert made["redirect_uri"] == f"{stack.url}/hub/oauth_callback"
    assert made["scopes"] == ["openid", "read_user", "write_repository"]
    assert (made["confidential"], made["owner"]) == (True, "")
    assert "STACK_AUTH=gitlab" in (stack.root / ".env").read_text()


def test_register_again_changes_nothing(stack: Stack, gitlab: Gitlab, token: str) -> None:
    before = gitlab.control.applications()
    output = stack.ctl("gitlab", "register", GITLAB_TOKEN=token)
    assert gitlab.control.applications() == before
    assert "Nothing to change" in output.err


def test_the_secret_is_in_no_output_and_no_container(stack: Stack, gitlab: Gitlab, token: str) -> None:
    secret = secret_file(stack)["client_secret"]
    for command in (["gitlab", "show"], ["gitlab", "show", "--json"], ["gitlab", "check"], ["status"], ["--debug", "up"]):
        assert secret not in str(stack.ctl(*command, GITLAB_TOKEN=token)), command
    for container in stack.services().values():
        assert secret not in json.dumps(container.attrs)
        assert secret not in bytes(container.logs()).decode(errors="replace")
    assert secret in stack.ctl("gitlab", "show", "--reveal").out


def test_everything_is_right_says_check(stack: Stack, gitlab: Gitlab, token: str) -> None:
    found = json.loads(stack.ctl("gitlab", "check", "--json", GITLAB_TOKEN=token).out)
    assert [item for item in found if item["level"] == "fail"] == []


def test_rotate_changes_the_secret_and_no_kernel_notices(
    stack: Stack, control: Control, carol: GitlabPerson, token: str
) -> None:
    with Kernel(carol.start()) as kernel:
        kernel.run("remembered = 'before'")
        before, hub = secret_file(stack), stack.services()["hub"].id
        others = {name: item.id for name, item in stack.services().items() if name != "hub"}
        stack.ctl("gitlab", "rotate", GITLAB_TOKEN=token)
        after = secret_file(stack)
        assert before["client_id"] == after["client_id"] == application(control)["uid"]
        assert before["client_secret"] != after["client_secret"]
        assert stack.services()["hub"].id != hub
        assert {name: item.id for name, item in stack.services().items() if name != "hub"} == others
        assert kernel.run("print(remembered)") == "before"
    assert carol.sign_in()[1].status_code == 302


@pytest.mark.parametrize("status", [pytest.param(500, marks=pytest.mark.full), 503])
def test_a_rotate_that_fails_leaves_the_old_secret_in_force(
    stack: Stack, control: Control, carol: GitlabPerson, token: str, status: int
) -> None:
    before = secret_file(stack)
    control.fault("error", prefix="/api/v4/applications/", status=status)
    stack.ctl("gitlab", "rotate", code=1, GITLAB_TOKEN=token)
    control.clear_faults()
    assert secret_file(stack) == before
    assert carol.sign_in()[1].status_code == 302


def test_up_refuses_when_the_address_is_another(stack: Stack, gitlab: Gitlab, settings: dict[str, str]) -> None:
    stack.configure(**settings, STACK_AUTH="gitlab", STACK_HTTP_PORT="18009")
    output = stack.ctl("up", "--yes", code=3)
    assert "these have changed: the callback" in output.err
    assert "stackctl gitlab register" in output.err
    stack.configure(**settings, STACK_AUTH="gitlab")


def test_revoke_ends_sign_in_and_register_brings_it_back(
    stack: Stack, control: Control, carol: GitlabPerson, settings: dict[str, str], token: str
) -> None:
    with Kernel(carol.start()) as kernel:
        kernel.run("remembered = 'before'")
        stack.ctl("gitlab", "revoke", "--confirm", stack.name, GITLAB_TOKEN=token)
        assert [item["name"] for item in control.applications() if item["name"] == "The data lab"] == []
        assert not (stack.root / ".stack" / stack.name / "hub" / "gitlab.json").exists()
        page = requests.get(f"{stack.url}/hub/login", timeout=10, proxies={"http": ""}).text
        assert "Sign-in is not set up yet" in page
        assert "oauth_login" not in page, "no button that leads nowhere"
        looks_over = time.monotonic() + 2 * INTERVAL
        while time.monotonic() < looks_over:  # four looks at everybody
            assert carol.name in stack.servers()
            time.sleep(0.5)
        stack.configure(**settings, STACK_AUTH="gitlab")
        assert "stackctl gitlab register" in stack.ctl("up", "--yes", code=3).err
        stack.ctl("gitlab", "register", GITLAB_TOKEN=token)
        assert carol.sign_in()[1].status_code == 302
        assert kernel.run("print(remembered)") == "before"

"""`stackctl gitlab register`, with a GitLab that answers as the real one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import Exit
from stackctl.stack import Stack
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import CALLBACK, SCOPES, Checkout, applications, changing

TOKEN = "GITLAB_TOKEN"


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_an_administrator_creates_an_instance_application(checkout: Checkout, gitlab: Running) -> None:
    token = gitlab.control.add_token("root", ["api"])
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url, "--token-stdin", stdin=f"{token}\n")
    assert (ran.code, ran.out) == (Exit.DONE, "")
    made = applications(gitlab)[0]
    assert (made["name"], made["redirect_uri"], made["scopes"]) == ("JupyterHub", CALLBACK, SCOPES)
    assert (made["owner"], made["confidential"], made["trusted"]) == ("", True, False)
    kept = checkout.kept()
    assert (kept["client_id"], kept["id"], kept["kind"]) == (made["uid"], made["id"], "instance")
    assert (kept["url"], kept["accounts"]) == (gitlab.url, gitlab.url.removeprefix("http://"))
    assert gitlab.state.applications[made["id"]].accepts(kept["client_secret"])
    assert checkout.env.read_text() == f"STACK_AUTH=gitlab\nGITLAB_URL={gitlab.url}\n"
    assert "This stack is registered at GitLab.\n" in ran.err
    assert "Local accounts can no longer sign in. Their files are kept." in ran.err
    assert "Nobody may sign in: no setting allows anybody to. Set GITLAB_ALLOWED_GROUPS" in ran.err
    assert ran.err.endswith("  Next: stackctl up\n")


def test_only_the_owner_can_read_the_secret_and_the_token_is_nowhere(registered: Checkout, gitlab: Running) -> None:
    assert [mode(registered.application), mode(registered.application.parent)] == ["0o600", "0o700"]
    token = gitlab.state.personal_tokens[0].value
    written = [path.read_text() for path in registered.root.rglob("*") if path.is_file()]
    assert registered.files() == [".env", "gitlab.json"]
    assert not any(token in text for text in written)


def test_a_second_run_changes_nothing(registered: Checkout, gitlab: Running) -> None:
    before = registered.application.read_text(), registered.env.read_text()
    ran = registered.stackctl("gitlab", "register")
    assert (ran.code, changing(gitlab), len(applications(gitlab))) == (Exit.DONE, [], 1)
    assert "Nothing to change: this stack is already registered." in ran.err
    assert (registered.application.read_text(), registered.env.read_text()) == before


def test_dry_run_says_what_it_would_do_and_does_nothing(checkout: Checkout, gitlab: Running) -> None:
    token = gitlab.control.add_token("root", ["api"])
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url, "--token-stdin", "--dry-run", stdin=token)
    assert ran.code == Exit.DONE
    assert f"callback {CALLBACK}, scopes openid read_user write_repository\n  set STACK_AUTH=gitlab in .env\n" in ran.err
    assert (changing(gitlab), checkout.files()) == ([], [])


def test_a_user_who_is_not_an_administrator_creates_their_own_application(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    gitlab.control.add_user("ada")
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("ada", ["api"]))
    assert checkout.stackctl("gitlab", "register", "--url", gitlab.url).code == Exit.DONE
    assert [item["owner"] for item in applications(gitlab)] == ["ada"]
    assert checkout.kept()["kind"] == "user"


def test_where_only_administrators_can_create_one_it_is_done_by_hand(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    gitlab.control.settings(version="18.11.0")
    gitlab.control.add_user("ada")
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("ada", ["api"]))
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert (ran.code, checkout.files()) == (Exit.CHECK_FAILED, [])
    assert "On this GitLab only administrators can create applications with the API. Create it by hand:\n" in ran.err
    assert f"  Redirect URI  {CALLBACK}\n" in ran.err
    assert "hint: Pass both on standard input, one per line: stackctl gitlab register --manual < file\n" in ran.err


def test_admin_mode_needs_another_scope(checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    gitlab.control.settings(admin_mode=True)
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", ["api"]))
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert (ran.code, checkout.files()) == (Exit.CHECK_FAILED, [])
    assert "error: root is an administrator, but this token cannot act as one: Admin Mode is on.\n" in ran.err
    assert "hint: Create a token with the scopes api and admin_mode.\n" in ran.err
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", ["api", "admin_mode"]))
    assert checkout.stackctl("gitlab", "register", "--url", gitlab.url).code == Exit.DONE


@pytest.mark.parametrize(
    ("scopes", "lifetime", "message"),
    [
        (["read_api"], None, "The token of root lacks the scope api. Its scopes: read_api."),
        (["read_user"], None, "The token of root lacks the scope api. Its scopes: read_user."),
        (["api"], -1, "GitLab rejected the token: Token is expired."),
    ],
)
def test_a_token_without_rights_is_refused_before_any_change(
    checkout: Checkout,
    gitlab: Running,
    monkeypatch: pytest.MonkeyPatch,
    scopes: list[str],
    lifetime: float | None,
    message: str,
) -> None:
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", scopes, lifetime))
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert (ran.code, changing(gitlab), checkout.files()) == (Exit.CHECK_FAILED, [], [])
    assert f"error: {message}" in ran.err


def test_a_wrong_token_and_a_blocked_owner(checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "glpat-wrong")
    assert "GitLab rejected the token: 401 Unauthorized" in checkout.stackctl("gitlab", "register", "--url", gitlab.url).err
    gitlab.control.add_user("ada")
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("ada", ["api"]))
    gitlab.control.block("ada")
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert ran.code == Exit.CHECK_FAILED
    assert "Your account has been blocked." in ran.err


def test_register_allows_groups_too(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.add_group("data")
    gitlab.control.add_group("data/lab")
    words = ("--allow-group", "data", "--allow-group", "data/lab:developer", "--admin-group", "data/lab:owner")
    ran = registered.stackctl("gitlab", "register", *words)
    assert ran.code == Exit.DONE
    assert registered.env.read_text().endswith(
        "GITLAB_ALLOWED_GROUPS=data,data/lab:developer\nGITLAB_ADMIN_GROUPS=data/lab:owner\n"
    )
    assert "Nobody" not in ran.err
    assert registered.stackctl("gitlab", "register", "--allow-group", "data").code == Exit.DONE
    assert "GITLAB_ALLOWED_GROUPS=data,data/lab:developer\n" in registered.env.read_text()


def test_a_misspelt_group_gets_the_closest_name(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.add_group("data")
    gitlab.control.add_group("data/lab")
    before = registered.env.read_text()
    ran = registered.stackctl("gitlab", "register", "--allow-group", "data/lob")
    assert (ran.code, registered.env.read_text()) == (Exit.CHECK_FAILED, before)
    assert ran.err.endswith("error: There is no group data/lob.\n\nhint: Did you mean data/lab or data?\n")
    ran = registered.stackctl("gitlab", "register", "--allow-group", "data/lab:boss")
    assert (ran.code, registered.env.read_text()) == (Exit.CHECK_FAILED, before)
    assert "'boss' must be one of developer, maintainer, owner" in ran.err


def test_a_setting_in_the_environment_is_named_because_it_overrides_env(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_AUTH", "local")
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert ran.code == Exit.CHECK_FAILED
    assert (
        "error: STACK_AUTH is set in the environment, which overrides .env.\n\nhint: Unset it: unset STACK_AUTH\n" in ran.err
    )


@pytest.mark.parametrize("url", ["gitlab.example.org", "ftp://gitlab.example.org", "https://a:b@gitlab.example.org"])
def test_an_invalid_address_is_a_usage_error(checkout: Checkout, url: str) -> None:
    ran = checkout.stackctl("gitlab", "register", "--url", url)
    assert ran.code == Exit.USAGE
    assert "Invalid value for '--url': must be" in ran.err


def test_a_running_hub_is_restarted_before_register_returns(
    registered: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = []
    monkeypatch.setattr(Stack, "hub_runs", lambda _: True)
    monkeypatch.setattr(Stack, "apply_settings", lambda stack: renewed.append((stack.root, stack.settings.gitlab_git)))
    registered.env.write_text(registered.env.read_text() + "GITLAB_GIT=false\n")
    ran = registered.stackctl("gitlab", "register")
    assert renewed == [(registered.root, False)]
    assert ran.err.endswith("  Sign in with GitLab: http://127.0.0.1:8000\n")


def test_no_prompt_for_a_token_if_gitlab_does_not_answer(checkout: Checkout, gitlab: Running) -> None:
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url + "/git")
    assert (ran.code, checkout.files()) == (Exit.CHECK_FAILED, [])
    assert f"error: There is no GitLab at {gitlab.url}/git: " in ran.err

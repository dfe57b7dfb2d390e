"""`stackctl gitlab check`: each thing that can be wrong is found, with its fix."""

from __future__ import annotations

import json
import time

import pytest

from stackctl.errors import Exit
from stackctl.gitlab import GitLab
from tests.standins.gitlab import tokens
from tests.standins.gitlab.doorkeeper import OAuthError
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import CALLBACK, Checkout

ALLOWED = "GITLAB_ALLOWED_GROUPS=data/lab\nGITLAB_ADMIN_USERS=id:1\n"


@pytest.fixture
def allowing(registered: Checkout, gitlab: Running) -> Checkout:
    """Registered, and with everything as it should be."""
    gitlab.control.add_group("data")
    gitlab.control.add_group("data/lab")
    registered.env.write_text(registered.env.read_text() + ALLOWED)
    return registered


def found(checkout: Checkout) -> dict[str, list[tuple[str, str]]]:
    """What is found, as (message, fix), by level."""
    by_level: dict[str, list[tuple[str, str]]] = {"ok": [], "warn": [], "fail": []}
    ran = checkout.stackctl("gitlab", "check", "--json")
    for item in json.loads(ran.out):
        by_level[item["level"]].append((item["message"], item["fix"]))
    assert ran.code == (Exit.CHECK_FAILED if by_level["fail"] else Exit.DONE)
    return by_level


def test_all_is_well(allowing: Checkout, gitlab: Running) -> None:
    ran = allowing.stackctl("gitlab", "check")
    assert ran.code == Exit.DONE
    assert ran.out.splitlines() == [
        "! GITLAB_URL begins with http: whoever is on the way reads secrets and tokens.",
        "  Use https.",
        "✓ The settings say who may enter, and who is an administrator.",
        f"✓ The application is 'JupyterHub', for the callback {CALLBACK}.",
        f"✓ {gitlab.url} answers.",
        "✓ This server's clock and GitLab's agree.",
        "✓ GitLab takes the application's id, secret and scopes.",
        f"✓ GitLab sends people who sign in back to {CALLBACK}.",
        "✓ The token is root's; this is GitLab 19.0.1.",
        "✓ The group data/lab is there.",
    ]


def test_nothing_is_left_at_gitlab_by_looking(allowing: Checkout, gitlab: Running) -> None:
    found(allowing)
    assert [token.revoked for token in gitlab.state.tokens] == [True] * len(gitlab.state.tokens)
    assert len(gitlab.state.applications) == 1


def test_not_registered(checkout: Checkout, gitlab: Running) -> None:
    checkout.env.write_text(f"STACK_AUTH=gitlab\nGITLAB_URL={gitlab.url}\n{ALLOWED}")
    fix = "stackctl gitlab register; or set STACK_AUTH=local in .env for accounts of this server's own"
    assert found(checkout)["fail"] == [("This stack is not registered at GitLab.", fix)]


def test_another_way_in(allowing: Checkout) -> None:
    allowing.env.write_text(allowing.env.read_text().replace("STACK_AUTH=gitlab", "STACK_AUTH=local"))
    said = ("STACK_AUTH is local: nobody signs in through GitLab.", "stackctl gitlab register")
    assert said in found(allowing)["warn"]


def test_gitlab_does_not_answer(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.fault("error", status=502)
    said = f"GitLab is not well: {gitlab.url}/api/v4/version answered 502."
    assert found(allowing)["fail"] == [(said, "Try again in a minute.")]


def test_gitlab_stops_answering_half_way(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.fault("error", "/oauth/", status=503)
    assert found(allowing)["fail"] == [
        (f"GitLab is not well: {gitlab.url}/oauth/token answered 503.", "Try again in a minute.")
    ]


def test_others_can_read_the_secret(allowing: Checkout) -> None:
    allowing.application.chmod(0o640)
    file = ".stack/stackhub/hub/gitlab.json"
    assert found(allowing)["fail"] == [(f"{file} is a secret that others on this server can read.", f"chmod 600 {file}")]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"client_id": "x"}'])
def test_the_file_is_not_as_it_was_written(allowing: Checkout, text: str) -> None:
    allowing.application.write_text(text)
    ((message, fix),) = found(allowing)["fail"]
    assert message.startswith(".stack/stackhub/hub/gitlab.json is not as stackctl wrote it: ")
    assert fix == "Remove it (rm .stack/stackhub/hub/gitlab.json), then: stackctl gitlab register"


NOT_PROVEN = f"It is not proven that GitLab sends people back to {CALLBACK}."


def test_the_callback_is_another_after_a_change_of_address(allowing: Checkout) -> None:
    """GitLab takes any port of a loopback address (RFC 8252, 7.3); the file does not say so any more."""
    allowing.env.write_text(allowing.env.read_text() + "STACK_HTTP_PORT=8001\n")
    said = "Since this stack was registered at GitLab, these have changed: the callback."
    assert (said, "stackctl gitlab register") in found(allowing)["fail"]


def test_the_callback_at_gitlab_is_another(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.change_application(
        allowing.kept()["client_id"], redirect_uri="https://hub.example.org/hub/oauth_callback"
    )
    assert any(message == NOT_PROVEN for message, _ in found(allowing)["warn"])
    assert found(allowing)["fail"] == [
        ("The application at GitLab needs a change: its callback.", "stackctl gitlab register")
    ]


def test_a_scope_is_missing(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.change_application(allowing.kept()["client_id"], scopes=["openid", "read_user"])
    said = "The application lacks a scope: openid, read_user, write_repository are needed."
    assert (said, "stackctl gitlab register") in found(allowing)["fail"]
    gitlab.control.change_application(allowing.kept()["client_id"], scopes=["read_user", "write_repository"])
    assert any(message == NOT_PROVEN for message, _ in found(allowing)["warn"])


@pytest.mark.parametrize("change", ["delete_application", "renew_secret"])
def test_gitlab_does_not_know_it_any_more(allowing: Checkout, gitlab: Running, change: str) -> None:
    getattr(gitlab.control, change)(allowing.kept()["client_id"])
    said = "GitLab does not take the application: it was deleted there, or has another secret."
    assert (said, "stackctl gitlab register repairs that") in found(allowing)["fail"]


def test_gitlab_takes_itself_to_be_elsewhere(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.settings(url="https://gitlab.example.org/git")
    fix = "Set GITLAB_URL=https://gitlab.example.org/git in .env, or correct external_url in GitLab's configuration."
    assert [item[1] for item in found(allowing)["fail"]] == [fix]


def test_a_group_that_is_not_there(allowing: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    allowing.env.write_text(allowing.env.read_text().replace("data/lab", "data/lap:owner,dta"))
    assert found(allowing)["fail"] == [
        ("There is no group data/lap.", "Is it data/lab or data?"),
        ("There is no group dta.", "Is it data?"),
    ]
    gitlab.control.add_user("ada")
    gitlab.control.add_member("data", "ada")
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("ada", ["read_api"]))
    assert ("There is no group data/lap, or ada may not see it.", "Is it data/lab or data?") in found(allowing)["warn"]


def test_without_a_token_a_group_is_not_checked(allowing: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITLAB_TOKEN")
    said = "The group data/lab is not checked: it is not public, and there is no token."
    assert (said, "stackctl gitlab check --token-file FILE") in found(allowing)["warn"]


def test_a_token_that_gitlab_does_not_take(allowing: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-wrong")
    assert found(allowing)["fail"][0][0] == "GitLab does not take the token: 401 Unauthorized"


@pytest.mark.parametrize(("seconds", "said"), [(61, "61 seconds ahead of"), (-100, "100 seconds behind")])
def test_the_clock_is_wrong(allowing: Checkout, monkeypatch: pytest.MonkeyPatch, seconds: int, said: str) -> None:
    monkeypatch.setattr(GitLab, "greet", lambda _: time.time() - seconds)
    said = f"This server's clock is {said} GitLab's."
    assert (said, "Set it by the network: timedatectl set-ntp true") in found(allowing)["warn"]


@pytest.mark.parametrize("right", [True, False])
def test_where_an_application_gets_no_token_of_its_own_its_secret_is_proven_by_a_code_that_nobody_issued(
    allowing: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    def unsupported(*_: object) -> None:
        raise OAuthError("unsupported_grant_type")

    monkeypatch.setattr(tokens, "_for_client", unsupported)
    if not right:
        gitlab.control.renew_secret(allowing.kept()["client_id"])
    said = allowing.stackctl("gitlab", "check").out
    assert ("✓ GitLab takes the application's id, secret and scopes." in said) == right
    assert ("✗ GitLab does not take the application" in said) != right


@pytest.mark.parametrize(("scopes", "admin_mode"), [(["read_api"], False), (["api"], True)])
def test_a_token_that_may_not_see_the_application_is_no_failure(
    allowing: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch, scopes: list[str], admin_mode: bool
) -> None:
    gitlab.control.settings(admin_mode=admin_mode)
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("root", scopes))
    ran = allowing.stackctl("gitlab", "check")
    assert "! The application at GitLab is not looked at. " in ran.out
    assert ran.code == Exit.DONE, ran.out

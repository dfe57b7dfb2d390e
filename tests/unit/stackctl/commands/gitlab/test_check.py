"""`stackctl gitlab check`: it finds each thing that can be wrong, with its fix."""

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


def test_everything_is_fine(allowing: Checkout, gitlab: Running) -> None:
    ran = allowing.stackctl("gitlab", "check")
    assert ran.code == Exit.DONE
    assert ran.out.splitlines() == [
        "! GITLAB_URL begins with http: secrets and tokens can be read on the way.",
        "  Use https.",
        "✓ The settings say who may sign in, and who is an administrator.",
        f"✓ The application is 'JupyterHub', with the callback {CALLBACK}.",
        f"✓ {gitlab.url} answers.",
        "✓ This server's clock and GitLab's agree.",
        "✓ GitLab accepts the application's id, secret and scopes.",
        f"✓ GitLab sends people who sign in back to {CALLBACK}.",
        "✓ The token belongs to root; this is GitLab 19.0.1.",
        "✓ The group data/lab exists.",
    ]


def test_a_check_leaves_nothing_at_gitlab(allowing: Checkout, gitlab: Running) -> None:
    found(allowing)
    assert [token.revoked for token in gitlab.state.tokens] == [True] * len(gitlab.state.tokens)
    assert len(gitlab.state.applications) == 1


def test_not_registered(checkout: Checkout, gitlab: Running) -> None:
    checkout.env.write_text(f"STACK_AUTH=gitlab\nGITLAB_URL={gitlab.url}\n{ALLOWED}")
    fix = "stackctl gitlab register; or set STACK_AUTH=local in .env to use local accounts"
    assert found(checkout)["fail"] == [("This stack is not registered at GitLab.", fix)]


def test_a_different_way_to_sign_in(allowing: Checkout) -> None:
    allowing.env.write_text(allowing.env.read_text().replace("STACK_AUTH=gitlab", "STACK_AUTH=local"))
    message = ("STACK_AUTH is local: nobody signs in with GitLab.", "stackctl gitlab register")
    assert message in found(allowing)["warn"]


def test_gitlab_does_not_answer(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.fault("error", status=502)
    message = f"GitLab returned a server error: {gitlab.url}/api/v4/version answered 502."
    assert found(allowing)["fail"] == [(message, "Try again in a minute.")]


def test_gitlab_stops_answering_half_way(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.fault("error", "/oauth/", status=503)
    assert found(allowing)["fail"] == [
        (f"GitLab returned a server error: {gitlab.url}/oauth/token answered 503.", "Try again in a minute.")
    ]


def test_others_can_read_the_secret(allowing: Checkout) -> None:
    allowing.application.chmod(0o640)
    file = ".stack/stackhub/hub/gitlab.json"
    assert found(allowing)["fail"] == [
        (f"{file} is a secret that other users of this server can read.", f"chmod 600 {file}")
    ]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"client_id": "x"}'])
def test_the_file_is_damaged(allowing: Checkout, text: str) -> None:
    allowing.application.write_text(text)
    ((message, fix),) = found(allowing)["fail"]
    assert message.startswith(".stack/stackhub/hub/gitlab.json is damaged: ")
    assert fix == "Remove it (rm .stack/stackhub/hub/gitlab.json), then run: stackctl gitlab register"


UNKNOWN = f"Whether GitLab sends people back to {CALLBACK} is unknown."


def test_the_callback_differs_after_a_change_of_address(allowing: Checkout) -> None:
    """GitLab takes any port of a loopback address (RFC 8252, 7.3); the file does not say so any more."""
    allowing.env.write_text(allowing.env.read_text() + "STACK_HTTP_PORT=8001\n")
    message = "Since this stack was registered at GitLab, these have changed: the callback."
    assert (message, "stackctl gitlab register") in found(allowing)["fail"]


def test_the_callback_at_gitlab_differs(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.change_application(
        allowing.kept()["client_id"], redirect_uri="https://hub.example.org/hub/oauth_callback"
    )
    assert any(message == UNKNOWN for message, _ in found(allowing)["warn"])
    assert found(allowing)["fail"] == [
        ("The application at GitLab needs a change: its callback.", "stackctl gitlab register")
    ]


def test_a_scope_is_missing(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.change_application(allowing.kept()["client_id"], scopes=["openid", "read_user"])
    message = "The application lacks a scope: it needs openid, read_user, write_repository."
    assert (message, "stackctl gitlab register") in found(allowing)["fail"]
    gitlab.control.change_application(allowing.kept()["client_id"], scopes=["read_user", "write_repository"])
    assert any(message == UNKNOWN for message, _ in found(allowing)["warn"])


@pytest.mark.parametrize("change", ["delete_application", "renew_secret"])
def test_gitlab_no_longer_knows_the_application(allowing: Checkout, gitlab: Running, change: str) -> None:
    getattr(gitlab.control, change)(allowing.kept()["client_id"])
    message = "GitLab rejects the application: it was deleted there, or has another secret."
    assert (message, "stackctl gitlab register repairs that") in found(allowing)["fail"]


def test_gitlab_is_configured_with_a_different_address(allowing: Checkout, gitlab: Running) -> None:
    gitlab.control.settings(url="https://gitlab.example.org/git")
    fix = "Set GITLAB_URL=https://gitlab.example.org/git in .env, or correct external_url in GitLab's configuration."
    assert [item[1] for item in found(allowing)["fail"]] == [fix]


def test_a_group_that_does_not_exist(allowing: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    allowing.env.write_text(allowing.env.read_text().replace("data/lab", "data/lap:owner,dta"))
    assert found(allowing)["fail"] == [
        ("There is no group data/lap.", "Did you mean data/lab or data?"),
        ("There is no group dta.", "Did you mean data?"),
    ]
    gitlab.control.add_user("ada")
    gitlab.control.add_member("data", "ada")
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("ada", ["read_api"]))
    assert ("There is no group data/lap, or ada may not see it.", "Did you mean data/lab or data?") in found(allowing)[
        "warn"
    ]


def test_without_a_token_a_group_is_not_checked(allowing: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITLAB_TOKEN")
    message = "The group data/lab was not checked: it is not public, and there is no token."
    assert (message, "stackctl gitlab check --token-file FILE") in found(allowing)["warn"]


def test_a_token_that_gitlab_rejects(allowing: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-wrong")
    assert found(allowing)["fail"][0][0] == "GitLab rejected the token: 401 Unauthorized"


@pytest.mark.parametrize(("seconds", "message"), [(61, "61 seconds ahead of"), (-100, "100 seconds behind")])
def test_the_clock_is_wrong(allowing: Checkout, monkeypatch: pytest.MonkeyPatch, seconds: int, message: str) -> None:
    monkeypatch.setattr(GitLab, "ping", lambda _: time.time() - seconds)
    message = f"This server's clock is {message} GitLab's."
    assert (message, "Synchronize it: timedatectl set-ntp true") in found(allowing)["warn"]


@pytest.mark.parametrize("right", [True, False])
def test_without_client_credentials_a_made_up_code_verifies_the_secret(
    allowing: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    def unsupported(*_: object) -> None:
        raise OAuthError("unsupported_grant_type")

    monkeypatch.setattr(tokens, "_for_client", unsupported)
    if not right:
        gitlab.control.renew_secret(allowing.kept()["client_id"])
    output = allowing.stackctl("gitlab", "check").out
    assert ("✓ GitLab accepts the application's id, secret and scopes." in output) == right
    assert ("✗ GitLab rejects the application" in output) != right


@pytest.mark.parametrize(("scopes", "admin_mode"), [(["read_api"], False), (["api"], True)])
def test_a_token_that_cannot_see_the_application_is_not_a_failure(
    allowing: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch, scopes: list[str], admin_mode: bool
) -> None:
    gitlab.control.settings(admin_mode=admin_mode)
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("root", scopes))
    ran = allowing.stackctl("gitlab", "check")
    assert "! The application at GitLab was not checked. " in ran.out
    assert ran.code == Exit.DONE, ran.out

"""`stackctl gitlab rotate`: afterwards either the new secret or the old one is valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from stackctl.checkout import secrets
from stackctl.errors import Exit, StackError
from stackctl.gitlab import GitLab
from stackctl.stack import Stack
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import Checkout


@pytest.fixture
def restarts(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A stack that runs: each time it is brought to work with what is kept, its folder is put here."""
    seen: list[Path] = []
    monkeypatch.setattr(Stack, "hub_runs", lambda _: True)
    monkeypatch.setattr(Stack, "apply_settings", lambda stack: seen.append(stack.root))
    return seen


def works(checkout: Checkout, gitlab: Running) -> bool:
    """Whether GitLab takes the secret that is kept."""
    found = gitlab.state.find_application(checkout.kept()["client_id"])
    return found is not None and found.accepts(checkout.kept()["client_secret"])


def test_a_new_secret_for_the_same_application(registered: Checkout, gitlab: Running, restarts: list[Path]) -> None:
    previous = registered.kept()
    ran = registered.stackctl("gitlab", "rotate")
    assert (ran.code, ran.out) == (Exit.DONE, "")
    assert ran.err == "To do: renew the secret, and restart the hub\n✓ The application has a new secret.\n"
    kept = registered.kept()
    assert {name for name in kept if kept[name] != previous[name]} <= {"client_secret", "renewed"}
    assert kept["client_secret"] != previous["client_secret"]
    assert works(registered, gitlab)
    assert restarts == [registered.root]


def test_a_stopped_stack_is_not_started(registered: Checkout, gitlab: Running) -> None:
    assert registered.stackctl("gitlab", "rotate").err.startswith("To do: renew the secret\n")
    assert works(registered, gitlab)


def test_before_16_11_the_application_is_replaced(registered: Checkout, gitlab: Running, restarts: list[Path]) -> None:
    gitlab.control.settings(version="16.10.4-ee")
    previous = registered.kept()
    ran = registered.stackctl("gitlab", "rotate")
    assert "replace the application with a new one (everyone signs in again" in ran.err
    (now,) = gitlab.control.applications()
    assert now["uid"] == registered.kept()["client_id"] != previous["client_id"]
    assert works(registered, gitlab)
    assert restarts == [registered.root]


def test_a_users_application_is_replaced_too(checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    gitlab.control.add_user("ada")
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("ada", ["api"]))
    checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert checkout.stackctl("gitlab", "rotate").code == Exit.DONE
    assert [item["owner"] for item in gitlab.control.applications()] == ["ada"]
    assert works(checkout, gitlab)


def test_if_the_hub_does_not_start_the_old_application_is_restored(
    registered: Checkout, gitlab: Running, restarts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another application takes its place, the old one is still there."""
    gitlab.control.settings(version="16.10.0")
    previous = registered.kept()
    secrets_seen: list[str] = []

    def renew(*_: object) -> None:
        secrets_seen.append(registered.kept()["client_secret"])
        if len(secrets_seen) == 1:
            raise StackError("The hub is not ready.")

    monkeypatch.setattr(Stack, "apply_settings", renew)
    ran = registered.stackctl("gitlab", "rotate")
    assert (ran.code, registered.kept()) == (Exit.FAILED, previous)
    assert secrets_seen[0] != secrets_seen[1] == previous["client_secret"]
    assert [item["uid"] for item in gitlab.control.applications()] == [previous["client_id"]]
    assert works(registered, gitlab)


def failing(gitlab: Running, monkeypatch: pytest.MonkeyPatch, kind: str, prefix: str = "/api/v4/applications") -> None:
    """Switch a fault on just before the secret is renewed: for that request, or with the prefix / for all from then on."""
    renew = GitLab.renew_secret

    def renew_secret(*given: Any) -> SecretStr:
        gitlab.control.fault(kind, prefix, times=1 if prefix != "/" else None)
        return renew(*given)

    monkeypatch.setattr(GitLab, "renew_secret", renew_secret)


def test_a_lost_request_leaves_the_old_secret_valid(
    registered: Checkout, gitlab: Running, restarts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    previous = registered.kept()
    failing(gitlab, monkeypatch, "closed")
    ran = registered.stackctl("gitlab", "rotate")
    assert (ran.code, registered.kept(), restarts) == (Exit.FAILED, previous, [])
    assert "closed the connection without an answer. The old secret is still valid.\n" in ran.err
    assert works(registered, gitlab)


def test_a_lost_answer_is_reported_and_the_next_run_repairs_it(
    registered: Checkout, gitlab: Running, restarts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    renew = GitLab.renew_secret
    failing(gitlab, monkeypatch, "lost")
    ran = registered.stackctl("gitlab", "rotate")
    assert (ran.code, works(registered, gitlab)) == (Exit.FAILED, False)
    assert "its answer was lost: nobody can sign in.\n\nhint: Run this again now" in ran.err
    monkeypatch.setattr(GitLab, "renew_secret", renew)
    assert registered.stackctl("gitlab", "rotate").code == Exit.DONE
    assert works(registered, gitlab)


def test_if_gitlab_stays_away_the_secrets_state_is_unknown(
    registered: Checkout, gitlab: Running, restarts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(gitlab, monkeypatch, "closed", "/")
    ran = registered.stackctl("gitlab", "rotate")
    assert ran.code == Exit.FAILED
    assert "The old secret may or may not be valid." in ran.err


def test_a_secret_that_cannot_be_saved_is_not_renewed(
    registered: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(secrets, "save", full)
    ran = registered.stackctl("gitlab", "rotate")
    assert ran.code == Exit.FAILED
    assert "gitlab.json cannot be written: No space left on device." in ran.err
    assert works(registered, gitlab)


def test_dry_run_changes_nothing(registered: Checkout, gitlab: Running, restarts: list[Path]) -> None:
    previous = registered.kept()
    assert registered.stackctl("gitlab", "rotate", "--dry-run").code == Exit.DONE
    assert (registered.kept(), restarts, works(registered, gitlab)) == (previous, [], True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("STACK_HTTP_PORT=8001\n", "Changed since the registration: the callback."),
        ("GITLAB_GIT=false\n", "Changed since the registration: the scopes."),
    ],
)
def test_differences_are_for_register(registered: Checkout, change: str, message: str) -> None:
    registered.env.write_text(registered.env.read_text() + change)
    ran = registered.stackctl("gitlab", "rotate")
    assert (ran.code, ran.err) == (Exit.CHECK_FAILED, f"error: {message}\n\nhint: First run: stackctl gitlab register\n")


def test_without_an_application(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.delete_application(registered.kept()["client_id"])
    ran = registered.stackctl("gitlab", "rotate")
    assert ran.code == Exit.CHECK_FAILED
    assert "error: This token does not see the stack's application at GitLab.\n" in ran.err
    registered.application.unlink()
    assert "This stack is not registered at GitLab." in registered.stackctl("gitlab", "rotate").err


def test_the_hub_gets_the_new_secret_even_if_gitlab_does_not_answer_afterwards(
    registered: Checkout, gitlab: Running, restarts: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    previous = registered.kept()["client_secret"]
    failing(gitlab, monkeypatch, "error", "/oauth/token")
    ran = registered.stackctl("gitlab", "rotate")
    assert (ran.code, restarts) == (Exit.FAILED, [registered.root])
    assert registered.kept()["client_secret"] != previous
    assert works(registered, gitlab)

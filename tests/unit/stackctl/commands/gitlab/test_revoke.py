"""`stackctl gitlab revoke` and `show`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from stackctl.errors import Exit
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import CALLBACK, Checkout

CONFIRM = ("--confirm", "stackhub")


def test_the_application_is_deleted_at_gitlab_and_here(registered: Checkout, gitlab: Running) -> None:
    secret = registered.kept()["client_secret"]
    ran = registered.stackctl("gitlab", "revoke", *CONFIRM)
    assert (ran.code, gitlab.control.applications()) == (Exit.DONE, [])
    assert not any(secret in path.read_text() for path in registered.root.rglob("*") if path.is_file())
    assert ran.err == (
        "✓ Deleted the application 'JupyterHub' at GitLab.\n"
        "✓ Deleted the application's id and secret here. Files are kept, running notebooks are not affected.\n"
        "! Nobody can sign in now: STACK_AUTH is still gitlab.\n"
        "  To use GitLab again: stackctl gitlab register\n"
        "  To use local accounts: stackctl config set STACK_AUTH=local, then: stackctl up\n"
    )
    assert "STACK_AUTH=gitlab\n" in registered.env.read_text()


def test_a_second_time_there_is_nothing_to_do(registered: Checkout) -> None:
    registered.stackctl("gitlab", "revoke", *CONFIRM)
    ran = registered.stackctl("gitlab", "revoke", *CONFIRM)
    assert (ran.code, ran.err) == (Exit.DONE, "Nothing to revoke: this stack is not registered at GitLab.\n")


def test_revoke_needs_a_confirmation(registered: Checkout, gitlab: Running) -> None:
    ran = registered.stackctl("gitlab", "revoke")
    assert (ran.code, len(gitlab.control.applications())) == (Exit.CHECK_FAILED, 1)
    assert "hint: Pass --confirm stackhub.\n" in ran.err
    assert registered.stackctl("gitlab", "revoke", "--confirm", "other").code == Exit.CHECK_FAILED
    assert registered.application.exists()


def test_an_application_that_is_already_gone_is_reported(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.delete_application(registered.kept()["client_id"])
    ran = registered.stackctl("gitlab", "revoke", *CONFIRM)
    assert (ran.code, registered.application.exists()) == (Exit.DONE, False)
    assert "  The application was already gone from GitLab.\n" in ran.err


def test_while_gitlab_is_down_nothing_changes(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.fault("error", status=502)
    ran = registered.stackctl("gitlab", "revoke", *CONFIRM)
    assert (ran.code, registered.application.exists()) == (Exit.CHECK_FAILED, True)
    assert "GitLab returned a server error" in ran.err


def test_another_users_application_does_not_count_as_gone(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        gitlab.control.add_user(name)
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("ada", ["api"]))
    checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    monkeypatch.setenv("GITLAB_TOKEN", gitlab.control.add_token("bob", ["api"]))
    ran = checkout.stackctl("gitlab", "revoke", *CONFIRM)
    assert (ran.code, checkout.application.exists()) == (Exit.CHECK_FAILED, True)
    assert "error: The application is at GitLab, but this token cannot delete it.\n" in ran.err


def test_up_reports_a_missing_application_before_any_change(registered: Checkout) -> None:
    registered.stackctl("gitlab", "revoke", *CONFIRM)
    ran = registered.stackctl("up")
    assert (ran.code, ran.out) == (Exit.CHECK_FAILED, "")
    assert ran.err == (
        "error: This stack is not registered at GitLab.\n\nhint: stackctl gitlab register; "
        "or set STACK_AUTH=local in .env to use local accounts\n"
    )


def test_up_reports_a_changed_address(registered: Checkout) -> None:
    registered.env.write_text(registered.env.read_text() + "STACK_HTTP_PORT=8001\n")
    ran = registered.stackctl("up", "--dry-run")
    assert (ran.code, ran.err) == (
        Exit.CHECK_FAILED,
        "error: Since this stack was registered at GitLab, these have changed: the callback.\n\n"
        "hint: stackctl gitlab register\n",
    )


def test_up_warns_when_nobody_may_sign_in(registered: Checkout) -> None:
    assert "! Nobody may sign in: no setting allows anybody to. Set GITLAB" in registered.stackctl("up", "--dry-run").err


def test_show_prints_everything_except_the_secret(registered: Checkout, gitlab: Running) -> None:
    kept = registered.kept()
    renewed = datetime.now(timezone.utc) - timedelta(days=40, hours=1)
    registered.application.write_text(json.dumps(kept | {"renewed": renewed.isoformat()}))
    ran = registered.stackctl("gitlab", "show")
    assert ran.code == Exit.DONE
    assert ran.out.splitlines() == [
        f"GitLab          {gitlab.url}",
        "Name            JupyterHub",
        "Owner           all of this GitLab",
        f"Application ID  {kept['client_id']}",
        f"Callback        {CALLBACK}",
        "Scopes          openid read_user write_repository",
        "Secret          (see --reveal)",
        f"Secret created  {renewed:%Y-%m-%d}, 40 days ago",
    ]
    assert kept["client_secret"] not in registered.stackctl("gitlab", "show", "--json").out


def test_show_reveals_the_secret_when_asked_to(registered: Checkout) -> None:
    kept = registered.kept()
    assert f"Secret          {kept['client_secret']}\n" in registered.stackctl("gitlab", "show", "--reveal").out
    shown = json.loads(registered.stackctl("gitlab", "show", "--reveal", "--json").out)
    assert shown == kept | {"secret_age_days": 0}


def test_show_without_an_application(checkout: Checkout) -> None:
    assert checkout.stackctl("gitlab", "show") == (
        Exit.CHECK_FAILED,
        "",
        "error: This stack is not registered at GitLab.\n\nhint: Run: stackctl gitlab register\n",
    )

"""`stackctl gitlab register` again: it repairs what differs, and leaves nothing behind when it fails half-way."""

from __future__ import annotations

from typing import Any

import pytest

from stackctl.checkout import files, secrets
from stackctl.errors import Exit
from stackctl.gitlab import GitLab, oauth
from stackctl.gitlab.oauth import Verification
from stackctl.settings import dotenv
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import Checkout, applications, changing

TOKEN = "GITLAB_TOKEN"


@pytest.mark.parametrize(
    ("setting", "reason"), [("STACK_HTTP_PORT=8001", "its callback"), ("GITLAB_GIT=false", "its scopes")]
)
def test_an_instance_application_that_differs_is_replaced(
    registered: Checkout, gitlab: Running, setting: str, reason: str
) -> None:
    previous = registered.kept()
    registered.env.write_text(registered.env.read_text() + setting + "\n")
    ran = registered.stackctl("gitlab", "register")
    assert ran.code == Exit.DONE
    assert "replace the application with a new one (everyone signs in again" in ran.err
    assert f": {reason}\n" in ran.err
    (now,) = applications(gitlab)
    kept = registered.kept()
    assert now["uid"] == kept["client_id"] != previous["client_id"]
    assert (now["redirect_uri"], now["scopes"]) == (kept["callback"], kept["scopes"])


def test_a_users_application_keeps_its_id_when_name_or_scopes_change(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    gitlab.control.add_user("ada")
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("ada", ["api"]))
    checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    previous = checkout.kept()
    checkout.env.write_text(checkout.env.read_text() + "GITLAB_GIT=false\nSTACK_TITLE='Data Lab'\n")
    ran = checkout.stackctl("gitlab", "register")
    assert "  change the application 'Data Lab': its name and its scopes\n" in ran.err
    (now,) = applications(gitlab)
    assert (now["name"], now["scopes"]) == ("Data Lab", ["openid", "read_user"])
    same = ("client_id", "client_secret", "id", "created", "renewed")
    assert [checkout.kept()[name] for name in same] == [previous[name] for name in same]


def test_a_new_title_is_not_worth_a_new_application(registered: Checkout, gitlab: Running) -> None:
    previous = registered.kept()
    registered.env.write_text(registered.env.read_text() + "STACK_TITLE='Data Lab'\n")
    ran = registered.stackctl("gitlab", "register")
    assert (ran.code, registered.kept()["client_id"], changing(gitlab)) == (0, previous["client_id"], [])


@pytest.mark.parametrize(("version", "requests"), [("19.0.1", 1), ("16.10.0", 2)])
def test_a_lost_file_is_created_again(registered: Checkout, gitlab: Running, version: str, requests: int) -> None:
    """With a new secret where GitLab gives one, else with another application in place of the one that is there."""
    previous = registered.kept()
    registered.application.unlink()
    gitlab.control.settings(version=version)
    ran = registered.stackctl("gitlab", "register")
    assert "its secret is not stored here" in ran.err
    (now,) = applications(gitlab)
    assert len(changing(gitlab)) == requests
    assert gitlab.state.applications[now["id"]].accepts(registered.kept()["client_secret"])
    assert (now["uid"] == previous["client_id"]) == (requests == 1)


def test_a_secret_that_was_renewed_elsewhere_is_renewed_here(registered: Checkout, gitlab: Running) -> None:
    previous = registered.kept()
    gitlab.control.renew_secret(previous["client_id"])
    assert "the secret stored here is not valid" in registered.stackctl("gitlab", "register").err
    assert registered.kept()["client_id"] == previous["client_id"]
    assert gitlab.state.applications[previous["id"]].accepts(registered.kept()["client_secret"])


def test_a_deleted_application_is_created_again(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.delete_application(registered.kept()["client_id"])
    assert registered.stackctl("gitlab", "register").code == Exit.DONE
    assert [item["uid"] for item in applications(gitlab)] == [registered.kept()["client_id"]]


def test_an_application_that_is_not_confidential_is_replaced(registered: Checkout, gitlab: Running) -> None:
    gitlab.control.change_application(registered.kept()["client_id"], confidential=False)
    assert "it is not confidential" in registered.stackctl("gitlab", "register").err
    assert [item["confidential"] for item in applications(gitlab)] == [True]


def test_a_different_token_does_not_create_a_second_application(
    registered: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    gitlab.control.add_user("ada")
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("ada", ["api"]))
    assert registered.stackctl("gitlab", "register").code == Exit.DONE
    registered.env.write_text(registered.env.read_text() + "STACK_HTTP_PORT=8001\n")
    ran = registered.stackctl("gitlab", "register")
    assert (ran.code, changing(gitlab), len(applications(gitlab))) == (Exit.CHECK_FAILED, [], 1)
    assert "error: The application needs a change (the callback), which this token cannot make.\n" in ran.err


def fails(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"), [(OSError(28, "No space left"), Exit.FAILED), (KeyboardInterrupt(), Exit.INTERRUPTED)]
)
@pytest.mark.parametrize("where", [(files, "replace"), (dotenv, "put")])
def test_nothing_half_registered_is_left_behind(
    checkout: Checkout,
    gitlab: Running,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    where: tuple[Any, str],
) -> None:
    """Neither when .env cannot be written, nor at a Ctrl-C."""
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", ["api"]))
    monkeypatch.setattr(*where, fails(error))
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert (ran.code, applications(gitlab)) == (code, [])
    assert (checkout.application.exists(), checkout.env.exists()) == (False, False)
    assert "registered at GitLab." not in ran.err


def test_a_secret_that_cannot_be_saved_is_not_left_at_gitlab(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", ["api"]))
    monkeypatch.setattr(secrets, "save", fails(OSError(28, "No space left")))
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert (ran.code, applications(gitlab), checkout.env.exists()) == (Exit.FAILED, [], False)
    assert "error: .stack/stackhub/hub/gitlab.json cannot be written: " in ran.err


def test_a_failed_replacement_leaves_the_old_application(
    registered: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered.env.write_text(registered.env.read_text() + "GITLAB_GIT=false\n")
    before = registered.kept(), applications(gitlab)
    monkeypatch.setattr(dotenv, "put", fails(OSError(28, "No space left")))
    assert registered.stackctl("gitlab", "register").code == Exit.FAILED
    assert (registered.kept(), applications(gitlab)) == before


def test_an_answer_that_is_lost_leaves_no_application(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", ["api"]))
    create = GitLab.create

    def lost(*given: Any) -> Any:
        gitlab.control.fault("lost", "/api/v4/applications", times=1)
        return create(*given)

    monkeypatch.setattr(GitLab, "create", lost)
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert ran.code == Exit.FAILED
    assert f"error: {gitlab.url} closed the connection without an answer.\n" in ran.err
    assert [line.split()[0] for line in changing(gitlab)] == ["POST", "DELETE"]
    assert (applications(gitlab), checkout.application.exists()) == ([], False)


def test_a_new_address_needs_an_answer_whether_it_is_the_same_gitlab(registered: Checkout, gitlab: Running) -> None:
    """People's files stand under where their GitLab was."""
    moved = gitlab.url.replace("127.0.0.1", "localhost")
    ran = registered.stackctl("gitlab", "register", "--url", moved)
    assert (ran.code, changing(gitlab)) == (Exit.CHECK_FAILED, [])
    assert f"This stack was registered at {gitlab.url}, but GITLAB_URL is now {moved}." in ran.err
    assert "hint: Pass --same-gitlab or --other-gitlab.\n" in ran.err
    assert registered.stackctl("gitlab", "register", "--url", moved, "--same-gitlab").code == Exit.DONE
    assert (registered.kept()["url"], registered.kept()["accounts"]) == (moved, gitlab.url.removeprefix("http://"))
    assert registered.stackctl("gitlab", "register").code == Exit.DONE  # not asked a second time


def test_a_different_gitlab_gets_its_own_application_and_accounts(registered: Checkout, gitlab: Running) -> None:
    previous = registered.kept()
    other = gitlab.url.replace("127.0.0.1", "localhost")
    gitlab.control.delete_application(previous["client_id"])
    assert registered.stackctl("gitlab", "register", "--url", other, "--other-gitlab").code == Exit.DONE
    assert registered.kept()["accounts"] == other.removeprefix("http://")
    assert registered.kept()["client_id"] != previous["client_id"]


def test_revoke_remembers_which_gitlab_it_was(registered: Checkout, gitlab: Running) -> None:
    assert registered.stackctl("gitlab", "revoke", "--confirm", "stackhub").code == Exit.DONE
    moved = gitlab.url.replace("127.0.0.1", "localhost")
    assert registered.stackctl("gitlab", "register", "--url", moved).code == Exit.CHECK_FAILED
    assert registered.stackctl("gitlab", "register", "--url", moved, "--same-gitlab").code == Exit.DONE
    assert registered.kept()["accounts"] == gitlab.url.removeprefix("http://")


def test_a_new_application_that_gitlab_rejects_is_deleted_again(
    checkout: Checkout, gitlab: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, gitlab.control.add_token("root", ["api"]))
    monkeypatch.setattr(oauth, "verify", lambda *_: Verification.WRONG_SCOPES)
    ran = checkout.stackctl("gitlab", "register", "--url", gitlab.url)
    assert (ran.code, applications(gitlab), checkout.files()) == (Exit.FAILED, [], [])
    assert "error: GitLab created an application, but the application lacks a scope.\n" in ran.err

"""`stackctl gitlab register --manual`, and the other commands with an application that was created by hand."""

from __future__ import annotations

import pytest

from stackctl.errors import Exit
from tests.standins.gitlab.running import Running
from tests.unit.stackctl.conftest import CALLBACK, SCOPES, Checkout

PAGE = "/-/user_settings/applications"


@pytest.fixture
def made(checkout: Checkout, gitlab: Running) -> tuple[str, str]:
    """The id and the secret of an application that was made as it should be."""
    checkout.env.write_text(f"GITLAB_URL={gitlab.url}\n")
    gitlab.control.add_user("ada")
    return gitlab.control.add_application("JupyterHub", CALLBACK, SCOPES, owner="ada")


def test_what_to_enter_where(checkout: Checkout, gitlab: Running) -> None:
    ran = checkout.stackctl("gitlab", "register", "--manual", "--url", gitlab.url, "--dry-run")
    assert (ran.code, checkout.files()) == (Exit.DONE, [])
    assert ran.err.splitlines() == [
        f"Create an application on GitLab: {gitlab.url}{PAGE}",
        f"(or for a group: {gitlab.url}/groups/GROUP/-/settings/applications)",
        "  Name          JupyterHub",
        f"  Redirect URI  {CALLBACK}",
        "  Confidential  yes",
        "  Scopes        openid, read_user, write_repository, and no others",
    ]


def test_id_and_secret_are_verified_and_stored(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    ran = checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made))
    assert ran.code == Exit.DONE, ran.err
    assert "does not seem" not in ran.err
    kept = checkout.kept()
    assert (kept["client_id"], kept["client_secret"], kept["id"], kept["kind"]) == (*made, None, "manual")
    assert "STACK_AUTH=gitlab\n" in checkout.env.read_text()
    assert made[1] not in ran.err
    assert not any("/api/v4/applications" in line for line in gitlab.control.requests())


def test_a_second_run_asks_nothing(checkout: Checkout, made: tuple[str, str]) -> None:
    checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made))
    for words in (["--manual"], []):
        ran = checkout.stackctl("gitlab", "register", *words)
        assert ran.code == Exit.DONE
        assert "Nothing to change: this stack is already registered." in ran.err


@pytest.mark.parametrize("stdin", ["", "id\n", "\nsecret\n"])
def test_nothing_entered(checkout: Checkout, gitlab: Running, stdin: str) -> None:
    ran = checkout.stackctl("gitlab", "register", "--manual", "--url", gitlab.url, stdin=stdin)
    assert (ran.code, checkout.files()) == (Exit.CHECK_FAILED, [])
    assert "error: The application's id and secret are missing.\n" in ran.err


def test_a_wrong_secret(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    ran = checkout.stackctl("gitlab", "register", "--manual", stdin=f"{made[0]}\nwrong\n")
    assert (ran.code, checkout.application.exists()) == (Exit.CHECK_FAILED, False)
    hint = f"hint: Copy both again from {gitlab.url}{PAGE}\n"
    assert ran.err.endswith(f"error: GitLab rejected this id and secret.\n\n{hint}")


def test_a_scope_that_was_not_ticked(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    gitlab.control.change_application(made[0], scopes=["openid", "read_user"])
    ran = checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made))
    assert (ran.code, checkout.application.exists()) == (Exit.CHECK_FAILED, False)
    assert "hint: Tick openid, read_user, write_repository on " in ran.err


def test_a_redirect_uri_with_a_mistake_in_it(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    gitlab.control.change_application(made[0], redirect_uri=CALLBACK + "/")
    ran = checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made))
    assert f"! GitLab does not seem to redirect to {CALLBACK} after sign-in.\n" in ran.err
    assert " is unknown." in checkout.stackctl("gitlab", "check").out
    gitlab.control.change_application(made[0], redirect_uri=CALLBACK)
    assert "does not seem" not in checkout.stackctl("gitlab", "register").err
    assert " is unknown." not in checkout.stackctl("gitlab", "check").out


def test_git_needs_one_more_scope(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    gitlab.control.change_application(made[0], scopes=["openid", "read_user"])
    checkout.env.write_text(checkout.env.read_text() + "GITLAB_GIT=false\n")
    assert checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made)).code == Exit.DONE
    checkout.env.write_text(checkout.env.read_text().replace("GITLAB_GIT=false", "GITLAB_GIT=true"))
    assert "The application lacks a scope." in checkout.stackctl("gitlab", "register").err
    gitlab.control.change_application(made[0], scopes=SCOPES)
    assert checkout.stackctl("gitlab", "register").code == Exit.DONE
    assert (checkout.kept()["client_id"], checkout.kept()["scopes"]) == (made[0], SCOPES)


def test_a_secret_renewed_on_the_page(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made))
    new = gitlab.control.renew_secret(made[0])
    ran = checkout.stackctl("gitlab", "rotate", stdin="wrong\n")
    assert (ran.code, checkout.kept()["client_secret"]) == (Exit.CHECK_FAILED, made[1])
    assert checkout.stackctl("gitlab", "rotate", stdin="").code == Exit.CHECK_FAILED
    assert checkout.stackctl("gitlab", "rotate", stdin=f"{new}\n").code == Exit.DONE
    assert (checkout.kept()["client_id"], checkout.kept()["client_secret"]) == (made[0], new)


def test_revoke_leaves_a_manual_application_to_its_owner(checkout: Checkout, gitlab: Running, made: tuple[str, str]) -> None:
    checkout.stackctl("gitlab", "register", "--manual", stdin="\n".join(made))
    ran = checkout.stackctl("gitlab", "revoke", "--confirm", "stackhub")
    assert (ran.code, checkout.application.exists(), len(gitlab.control.applications())) == (Exit.DONE, False, 1)
    assert f"It was created by hand: delete it on {gitlab.url}{PAGE}\n" in ran.err

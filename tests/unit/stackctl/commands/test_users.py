"""`stackctl users …` with local accounts and with GitLab's. The hub and Docker are mocked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stackctl.engine import Container
from stackctl.errors import Exit
from stackctl.stack import Stack
from tests.unit.stackctl.conftest import Checkout

OWNER = "gitlab.example.org#42"


def user(name: str, info: dict[str, str] | None = None, *, admin: bool = False) -> dict[str, Any]:
    return {"name": name, "admin": admin, "last_activity": None, "servers": {}, "user_info": info}


class Hub:
    """Users, and who was removed."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        ada = {"owner": OWNER, "username": "Ada.L", "name": "Ada Lovelace 阿达", "email": "ada@example.org"}
        self.all = [user("ada.l", ada, admin=True), user("bob")]

    def users(self) -> list[dict[str, Any]]:
        return self.all

    def remove_user(self, name: str) -> None:
        self.removed.append(name)


class Engine:
    """Volumes by their owner, one container, and what was deleted of them."""

    def __init__(self) -> None:
        self.by_owner = {OWNER: ["stackhub-user-of-42"], "bob": ["stackhub-user-bob"], "ada.l": ["stackhub-user-old"]}
        self.deleted: list[str] = []

    def volumes(self, _: str, owner: str) -> list[str]:
        return self.by_owner.get(owner, [])

    def servers(self, _: str) -> list[Container]:
        labels = {"stackhub.user": "ada.l"}
        return [Container("c1", "stackhub-user-ada", "", "running", "", "", "", "", 0, labels, {})]

    def remove_containers(self, ids: list[str]) -> None:
        self.deleted += ids

    def remove_volumes(self, names: list[str]) -> None:
        self.deleted += names


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    made = Hub()
    monkeypatch.setattr(Stack, "hub", lambda _: made)
    return made


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    monkeypatch.setattr(Stack, "engine", made)
    return made


@pytest.fixture
def by_gitlab(checkout: Checkout) -> Checkout:
    checkout.env.write_text("STACK_AUTH=gitlab\nGITLAB_URL=https://gitlab.example.org\n")
    return checkout


@pytest.mark.parametrize("words", [("add", "carl"), ("passwd", "ada.l")])
def test_accounts_and_passwords_are_managed_by_gitlab(by_gitlab: Checkout, hub: Hub, words: tuple[str, ...]) -> None:
    ran = by_gitlab.stackctl("users", *words)
    assert (ran.code, ran.err) == (
        Exit.CHECK_FAILED,
        "error: Accounts and passwords come from GitLab (https://gitlab.example.org).\n\n"
        "hint: Let people in with GITLAB_ALLOWED_GROUPS or GITLAB_ALLOWED_USERS in .env, then: stackctl up\n",
    )


def test_accounts_are_managed_elsewhere(checkout: Checkout, hub: Hub) -> None:
    checkout.env.write_text("STACK_AUTH=generic-oauth\n")
    assert checkout.stackctl("users", "add", "carl").err.startswith(
        "error: Accounts and passwords come from elsewhere: STACK_AUTH is generic-oauth.\n"
    )


def test_the_list_shows_gitlab_user_names(by_gitlab: Checkout, hub: Hub) -> None:
    header, ada, bob = by_gitlab.stackctl("users", "list").out.splitlines()
    assert header.split("  ")[0] == "NAME"
    assert header.rstrip().endswith("SIGNS IN AS  FULL NAME")
    assert ada.split() == ["ada.l", "yes", "never", "Ada.L", "Ada", "Lovelace", "阿达"]
    assert bob.split() == ["bob", "never"]
    first = json.loads(by_gitlab.stackctl("users", "list", "--json").out)[0]
    assert (first["username"], first["full_name"]) == ("Ada.L", "Ada Lovelace 阿达")


def test_the_list_of_local_accounts_has_no_such_columns(checkout: Checkout, hub: Hub) -> None:
    hub.all = [user("bob")]
    assert "FULL NAME" not in checkout.stackctl("users", "list").out


def test_removing_files_removes_only_that_users_files(by_gitlab: Checkout, hub: Hub, engine: Engine) -> None:
    """And not those of somebody who once had the name."""
    ran = by_gitlab.stackctl("users", "remove", "ada.l", "--delete-files", "--confirm", "ada.l")
    assert ran.code == Exit.DONE
    assert (hub.removed, engine.deleted) == (["ada.l"], ["c1", "stackhub-user-of-42"])
    assert "ada.l is removed and signed out.\n" in ran.err
    assert "! Users that GitLab allows can sign in again. To block a user, do it in GitLab, or with" in ran.err


def test_removing_without_files_names_them(by_gitlab: Checkout, hub: Hub, engine: Engine) -> None:
    ran = by_gitlab.stackctl("users", "remove", "ada.l")
    assert (ran.code, engine.deleted) == (Exit.DONE, [])
    assert "The files are kept in the volume stackhub-user-of-42.\n" in ran.err


def test_the_last_local_administrator_cannot_be_removed(checkout: Checkout, hub: Hub, engine: Engine) -> None:
    ran = checkout.stackctl("users", "remove", "ada.l")
    assert (ran.code, hub.removed) == (Exit.FAILED, [])
    assert "ada.l is the only administrator." in ran.err
    assert checkout.stackctl("users", "remove", "bob").err.startswith("✓ bob can no longer sign in.\n")


def test_removing_a_user_with_pam(checkout: Checkout, hub: Hub, engine: Engine) -> None:
    checkout.env.write_text("STACK_AUTH=pam\nSTACK_PAM_GROUP=lab\n")
    ran = checkout.stackctl("users", "remove", "bob")
    assert "! Users that this server allows can sign in again. To block a user, do it with: sudo deluser NAME" in ran.err

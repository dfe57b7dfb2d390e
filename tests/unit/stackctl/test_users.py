"""`stackctl users …`, where accounts are this server's own and where they are GitLab's. The hub and Docker are made up."""

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
        self.by_owner = {OWNER: ["stackhub-user-of-42"], "bob": ["stackhub-user-bob"], "ada.l": ["stackhub-user-former"]}
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
def test_accounts_and_passwords_are_gitlabs(by_gitlab: Checkout, hub: Hub, words: tuple[str, ...]) -> None:
    ran = by_gitlab.stackctl("users", *words)
    assert (ran.code, ran.err) == (
        Exit.CHECK_FAILED,
        "error: Accounts and passwords are GitLab's (https://gitlab.example.org).\n\n"
        "hint: Let people in with GITLAB_ALLOWED_GROUPS or GITLAB_ALLOWED_USERS in .env, then: stackctl up\n",
    )


def test_accounts_are_somebody_elses(checkout: Checkout, hub: Hub) -> None:
    checkout.env.write_text("STACK_AUTH=generic-oauth\n")
    assert checkout.stackctl("users", "add", "carl").err.startswith(
        "error: Accounts and passwords are not kept here: STACK_AUTH is generic-oauth.\n"
    )


def test_the_list_says_who_they_are_at_gitlab(by_gitlab: Checkout, hub: Hub) -> None:
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


def test_removed_with_files_it_is_just_that_persons_files(by_gitlab: Checkout, hub: Hub, engine: Engine) -> None:
    """And not those of somebody who once had the name."""
    ran = by_gitlab.stackctl("users", "remove", "ada.l", "--delete-files", "--confirm", "ada.l")
    assert ran.code == Exit.DONE
    assert (hub.removed, engine.deleted) == (["ada.l"], ["c1", "stackhub-user-of-42"])
    assert "ada.l is removed, and signed out.\n" in ran.err
    assert "! Whom GitLab lets in can sign in again; to keep somebody out, do that in GitLab, or with" in ran.err


def test_removed_without_files_they_are_named(by_gitlab: Checkout, hub: Hub, engine: Engine) -> None:
    ran = by_gitlab.stackctl("users", "remove", "ada.l")
    assert (ran.code, engine.deleted) == (Exit.DONE, [])
    assert "The files are kept in the volume stackhub-user-of-42.\n" in ran.err


def test_the_last_administrator_stays_where_only_this_server_makes_another(
    checkout: Checkout, hub: Hub, engine: Engine
) -> None:
    ran = checkout.stackctl("users", "remove", "ada.l")
    assert (ran.code, hub.removed) == (Exit.FAILED, [])
    assert "ada.l is the only administrator." in ran.err
    assert checkout.stackctl("users", "remove", "bob").err.startswith("✓ bob cannot sign in any more.\n")


def test_removed_where_accounts_are_the_servers(checkout: Checkout, hub: Hub, engine: Engine) -> None:
    checkout.env.write_text("STACK_AUTH=pam\nSTACK_PAM_GROUP=lab\n")
    ran = checkout.stackctl("users", "remove", "bob")
    assert "! Whom this server lets in can sign in again; to keep somebody out, do that with: sudo deluser NAME" in ran.err

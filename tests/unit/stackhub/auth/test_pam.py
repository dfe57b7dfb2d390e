"""STACK_AUTH=pam: who has access, who loses it, and the error texts, with made-up host accounts."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from traitlets.config import Config

from stackhub.auth import pam, pam_accounts
from stackhub.auth.pam import ServerAuthenticator
from stackhub.auth.pam_accounts import Account, UnreadableError
from stackhub.pages.sign_in_errors import SignInError
from tests.unit.stackhub.auth.gitlab_hub import FakeUser, Hub

PASSWORD = "correct horse"
OWNER = "alice:1001#pam"
REQUEST = SimpleNamespace(remote_ip="192.0.2.1")


class Server:
    """Host accounts, their groups, and what is wrong with them."""

    def __init__(self) -> None:
        self.uids = {"alice": 1001, "bob": 1002}
        self.members = {"users": {"alice"}, "sudo": {"chief"}}
        self.trouble: dict[str, str] = {}
        self.readable = True
        self.asked: list[str] = []

    def check_readable(self) -> None:
        if not self.readable:
            raise UnreadableError("shadow")

    def find(self, name: str) -> Account | None:
        uid = self.uids.get(name)
        groups = tuple(group for group, names in self.members.items() if name in names)
        return Account(name, uid, "Alice Liddell", frozenset(), groups) if uid else None

    def is_in(self, account: Account, group: str) -> bool:
        return account.name in self.members.get(group, set())

    def right(self, account: Account, password: str) -> bool:
        self.asked.append(account.name)
        return password == PASSWORD


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(pam_accounts, "check_readable", made.check_readable)
    monkeypatch.setattr(pam_accounts, "find", made.find)
    monkeypatch.setattr(pam_accounts, "is_in", made.is_in)
    monkeypatch.setattr(pam_accounts, "password_is_right", made.right)
    monkeypatch.setattr(pam_accounts, "trouble", lambda account: made.trouble.get(account.name, ""))
    monkeypatch.setattr(pam, "ANSWER_SECONDS", 0.05)
    return made


@pytest.fixture
def hub(server: Server) -> Hub:
    return Hub()


@pytest.fixture
def way(hub: Hub) -> ServerAuthenticator:
    config = Config()
    pam.configure(config, SimpleNamespace(pam_group="users", pam_admin_group="sudo"))  # type: ignore[arg-type]
    return ServerAuthenticator(parent=hub, config=config)


def sign_in(way: ServerAuthenticator, name: str = "alice", password: str = PASSWORD, there: Any = None) -> Any:
    handler = SimpleNamespace(find_user=lambda _: there, request=REQUEST)
    return asyncio.run(way.authenticate(handler, {"username": name, "password": password}))


def refusal(way: ServerAuthenticator, name: str = "alice", password: str = PASSWORD, there: Any = None) -> SignInError:
    with pytest.raises(SignInError) as caught:
        sign_in(way, name, password, there)
    return caught.value


def user(hub: Hub, name: str = "alice", owner: str = OWNER) -> FakeUser:
    return FakeUser(hub, name, {"owner": owner} if owner else {}, None)


def test_a_member_signs_in_with_the_hosts_groups(way: ServerAuthenticator, server: Server) -> None:
    info = {"owner": OWNER, "username": "alice", "name": "Alice Liddell"}
    model = {"name": "alice", "admin": False, "groups": ["users"], "user_info": info}
    assert sign_in(way) == model
    assert sign_in(way, "ALICE") == model


def test_no_pam_session_is_opened_and_jupyterhub_allows_nobody_by_itself(way: ServerAuthenticator) -> None:
    assert not way.open_sessions
    assert not way.allow_all
    assert not way.allowed_groups
    assert not way.create_system_users


def test_members_of_the_admin_group_are_administrators(way: ServerAuthenticator, server: Server) -> None:
    server.uids["chief"] = 1003
    assert sign_in(way, "chief")["admin"]


@pytest.mark.parametrize("name", ["alice", "nobody", "", "../alice", "a:b", "alice\0", "-x", "x" * 5000, "\udcff"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    way: ServerAuthenticator, server: Server, name: str
) -> None:
    async def timed() -> float:
        began = asyncio.get_running_loop().time()
        handler = SimpleNamespace(find_user=lambda _: None, request=REQUEST)
        assert await way.authenticate(handler, {"username": name, "password": "wrong"}) is None
        return asyncio.get_running_loop().time() - began

    assert 0.04 < asyncio.run(timed()) < 0.5
    assert server.asked == (["alice"] if name == "alice" else [])


def test_five_wrong_passwords_lock_a_name(way: ServerAuthenticator, server: Server) -> None:
    for name in ("alice", "nobody"):
        for _ in range(5):
            assert sign_in(way, name, "wrong") is None
        assert refusal(way, name).kind == "locked"
    assert len(server.asked) == 5


def test_the_right_password_alone_is_not_enough(way: ServerAuthenticator, server: Server) -> None:
    assert sign_in(way, "bob", "wrong") is None, "no hint at the group"
    error = refusal(way, "bob")
    assert (error.kind, error.facts) == ("not-member", {"username": "bob", "group": "users"})


def test_without_an_admin_group_nobody_is_an_administrator(way: ServerAuthenticator, server: Server) -> None:
    server.members[""] = {"alice", "bob"}
    way.admin_group = ""
    assert not sign_in(way)["admin"]
    assert refusal(way, "bob").kind == "not-member"


@pytest.mark.parametrize("kind", ["refused", "must-change", "account-expired"])
def test_the_error_says_what_is_wrong_with_an_account(way: ServerAuthenticator, server: Server, kind: str) -> None:
    server.trouble["alice"] = kind
    assert refusal(way).kind == kind


@pytest.mark.parametrize("owner", ["", "alice:1005#pam", "42#gitlab.example.org"])
def test_files_of_another_account_are_not_taken_over(way: ServerAuthenticator, hub: Hub, owner: str) -> None:
    there = SimpleNamespace(name="alice", user_info={"owner": owner} if owner else None, last_activity="2026-11-23")
    assert refusal(way, there=there).kind == "name-taken"
    assert not asyncio.run(way.refresh_user(there))


def test_a_user_with_access_stays_and_changes_are_saved(way: ServerAuthenticator, hub: Hub, server: Server) -> None:
    alice = user(hub)
    server.members["sudo"].add("alice")
    assert asyncio.run(way.refresh_user(alice))
    assert (alice.admin, alice.groups) == (True, ["users", "sudo"])
    server.members["sudo"].clear()
    assert asyncio.run(way.refresh_user(alice))
    assert (alice.admin, alice.groups) == (False, ["users"])


def out_of_the_group(server: Server) -> None:
    server.members["users"].clear()


def locked(server: Server) -> None:
    server.trouble["alice"] = "refused"


def gone(server: Server) -> None:
    server.uids.clear()


def somebody_else(server: Server) -> None:
    server.uids["alice"] = 1009


@pytest.mark.parametrize("change", [out_of_the_group, locked, gone, somebody_else])
def test_a_user_without_access_loses_their_server(way: ServerAuthenticator, hub: Hub, server: Server, change: Any) -> None:
    alice = user(hub)
    asyncio.run(way.sweep())
    assert alice.spawners
    change(server)
    assert not asyncio.run(way.refresh_user(alice))
    asyncio.run(way.sweep())
    assert not alice.spawners


def unreadable(server: Server) -> None:
    server.readable = False
    server.uids.clear()


def a_password_to_change(server: Server) -> None:
    server.trouble["alice"] = "must-change"


@pytest.mark.parametrize("change", [unreadable, a_password_to_change])
def test_nobody_loses_access_for_a_reason_that_is_not_theirs(
    way: ServerAuthenticator, hub: Hub, server: Server, change: Any
) -> None:
    alice = user(hub)
    change(server)
    assert asyncio.run(way.refresh_user(alice))
    asyncio.run(way.sweep())
    assert alice.spawners


def test_users_of_another_authenticator_are_out_even_if_accounts_are_unreadable(
    way: ServerAuthenticator, hub: Hub, server: Server
) -> None:
    server.readable = False
    assert not asyncio.run(way.refresh_user(user(hub, owner="alice#generic-oauth")))


def test_the_sign_in_page_says_that_accounts_are_unreadable(way: ServerAuthenticator, server: Server) -> None:
    assert way.trouble == ""
    server.readable = False
    assert way.trouble == "unreadable"
    assert refusal(way).status_code == 503


def test_an_error_of_pam_is_not_a_wrong_password(
    way: ServerAuthenticator, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise UnreadableError("PAM")

    monkeypatch.setattr(pam_accounts, "password_is_right", fail)
    assert refusal(way).kind == "unreadable"

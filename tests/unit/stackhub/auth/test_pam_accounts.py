"""The host's accounts. passwd and group are those of this machine, shadow is a file of the test."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pamela
import pytest

from stackhub.auth import pam_accounts
from stackhub.auth.pam_accounts import Account, UnreadableError, find, is_in, password_is_right, trouble

ALICE = Account("alice", 1001, "Alice Liddell", frozenset({1001, 100}), ("users",))
GROUPS = {"alice": 1001, "users": 100, "again": 100, "sudo": 27}


@pytest.fixture(autouse=True)
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An /etc with alice and root, the only accounts that the C library knows."""
    entries = {
        "alice": pwd.struct_passwd(("alice", "x", 1001, 1001, "Alice Liddell,room 7,,", "/home/alice", "/bin/bash")),
        "root": pwd.struct_passwd(("root", "x", 0, 0, "root", "/root", "/bin/bash")),
        "toor": pwd.struct_passwd(("toor", "x", 0, 0, "", "/root", "/bin/bash")),
    }
    groups = [grp.struct_group((name, "x", gid, [])) for name, gid in GROUPS.items()]
    monkeypatch.setattr(pwd, "getpwnam", entries.__getitem__)
    monkeypatch.setattr(grp, "getgrall", lambda: groups)
    monkeypatch.setattr(grp, "getgrnam", {group.gr_name: group for group in groups}.__getitem__)
    monkeypatch.setattr(os, "getgrouplist", lambda _, gid: [gid, 100])
    monkeypatch.setattr(pamela, "check_account", lambda *_, **__: None)
    monkeypatch.setattr(pam_accounts, "ETC", tmp_path)
    for name in pam_accounts.FILES:
        (tmp_path / name).write_text("")
    (tmp_path / "shadow").write_text("root:*:1::::::\nalice:$y$j9T$abc:20000:0:99999:7:::\n")
    return tmp_path


def test_an_account_has_its_groups_except_its_own() -> None:
    assert find("alice") == Account("alice", 1001, "Alice Liddell", frozenset({1001, 100}), ("again", "users"))


@pytest.mark.parametrize("name", ["bob", "root", "toor"])
def test_root_and_unknown_names_are_no_accounts(name: str) -> None:
    assert find(name) is None


def test_groups_are_compared_by_number() -> None:
    assert is_in(ALICE, "users")
    assert is_in(ALICE, "again")
    assert not is_in(ALICE, "sudo")
    assert not is_in(ALICE, "nowhere")


@pytest.mark.parametrize(
    "shadow", ["alice:!$y$j9T$abc:1::::::", "alice:*:1::::::", "alice:!:1::::::", "alice::1::::::", "bob:x:"]
)
def test_a_locked_account_is_refused(etc: Path, shadow: str) -> None:
    assert trouble(ALICE) == ""
    (etc / "shadow").write_text(shadow + "\n")
    assert trouble(ALICE) == "refused"


@pytest.mark.parametrize(
    ("errno", "kind"), [(12, "must-change"), (13, "account-expired"), (27, "account-expired"), (7, "refused")]
)
def test_errors_of_pam_about_an_account(monkeypatch: pytest.MonkeyPatch, errno: int, kind: str) -> None:
    def check_account(*_: object, **__: object) -> None:
        raise pamela.PAMError(errno=errno)

    monkeypatch.setattr(pamela, "check_account", check_account)
    assert trouble(ALICE) == kind


def test_other_errors_of_pam_say_nothing_about_the_account(etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pamela.PAMError(errno=9)

    monkeypatch.setattr(pamela, "check_account", fail)
    monkeypatch.setattr(pamela, "authenticate", fail)
    with pytest.raises(UnreadableError):
        trouble(ALICE)
    with pytest.raises(UnreadableError):
        password_is_right(ALICE, "x")
    (etc / "shadow").unlink()
    with pytest.raises(UnreadableError, match="shadow"):
        trouble(ALICE)


def test_a_password_with_nul_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords: list[str] = []
    monkeypatch.setattr(pamela, "authenticate", lambda _, password, **__: passwords.append(password))
    assert password_is_right(ALICE, "secret")
    assert not password_is_right(ALICE, "secret\0and more")
    assert passwords == ["secret"]


@pytest.mark.parametrize("name", pam_accounts.FILES)
def test_a_missing_file(etc: Path, name: str) -> None:
    pam_accounts.check_readable()
    (etc / name).unlink()
    with pytest.raises(UnreadableError, match=f"{name} can't be read"):
        pam_accounts.check_readable()

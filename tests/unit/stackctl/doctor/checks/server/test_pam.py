"""STACK_AUTH=pam before anything changes, and commands that leave accounts to the server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackctl.doctor.checks.server import pam
from stackctl.errors import Exit
from stackctl.ui.check import Check
from tests.unit.stackctl.conftest import Checkout

PASSWD = "root:x:0:0::/root:/bin/sh\nalice:x:1001:1001::/home/alice:/bin/bash\ncarl:x:1003:100::/home/carl:/bin/sh\n"
GROUP = "root:x:0:\nshadow:x:42:\nusers:x:100:alice,bob\nsudo:x:27:\nalice:x:1001:\n"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """An /etc whose shadow belongs to a group that is not root's, whichever user runs the test."""
    (tmp_path / "passwd").write_text(PASSWD)
    (tmp_path / "group").write_text(GROUP)
    shadow = tmp_path / "shadow"
    shadow.write_text("")
    shadow.chmod(0o640)
    if os.getgid() == 0:
        os.chown(shadow, -1, 42)
    return tmp_path


def test_who_is_in_the_groups(etc: Path) -> None:
    assert pam.members("users", etc) == ["alice", "bob", "carl"]
    assert pam.members("sudo", etc) == []
    assert pam.members("lab", etc) is None
    assert pam.check("users", "", etc) == [Check("ok", "Members of the group users (STACK_PAM_GROUP): alice, bob, carl.")]


def test_a_group_that_is_not_there_and_one_without_anybody(etc: Path) -> None:
    assert pam.check("lab", "sudo", etc) == [
        Check(
            "fail",
            "STACK_PAM_GROUP names the group lab, which is not in /etc/group.",
            "Create it (addgroup lab; adduser NAME lab), or set STACK_PAM_GROUP to another group in .env.",
        ),
        Check("warn", "The group sudo (STACK_PAM_ADMIN_GROUP) has no members.", "To add somebody: adduser NAME sudo"),
    ]


@pytest.mark.parametrize("mode", [0o600, 0o000, 0o604])
def test_a_shadow_for_root_alone(etc: Path, mode: int) -> None:
    shadow = etc / "shadow"
    shadow.chmod(mode)
    (found,) = pam.check("users", "", etc)
    assert found.message == f"Only root can read {shadow}, and the hub is not root: people could not sign in."
    assert found.fix == f"Let a group read it, as on Debian: chgrp shadow {shadow}; chmod 640 {shadow}"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to root's group")
def test_a_shadow_of_roots_group(etc: Path) -> None:
    os.chown(etc / "shadow", -1, 0)
    assert [found.level for found in pam.check("users", "", etc)] == ["fail"]


@pytest.mark.parametrize("name", ["shadow", "passwd", "group"])
def test_a_file_that_is_not_there(etc: Path, name: str) -> None:
    (etc / name).unlink()
    (found,) = pam.check("users", "", etc)
    assert found.level == "fail"
    assert f"{etc / name} " in found.message
    assert "(No such file or directory)" in found.message


def test_up_changes_nothing_before_the_group_is_there(checkout: Checkout) -> None:
    checkout.env.write_text("STACK_AUTH=pam\nSTACK_PAM_GROUP=zz-no-such-group\n")
    ran = checkout.stackctl("up", "--yes")
    assert (ran.code, ran.out) == (Exit.CHECK_FAILED, "")
    assert ran.err.startswith("error: STACK_PAM_GROUP names the group zz-no-such-group, which is not in /etc/group.\n")


@pytest.mark.parametrize("words", [("add", "alice"), ("passwd", "alice")])
def test_accounts_and_passwords_are_the_servers(checkout: Checkout, words: tuple[str, ...]) -> None:
    checkout.env.write_text("STACK_AUTH=pam\nSTACK_PAM_GROUP=lab\n")
    ran = checkout.stackctl("users", *words)
    assert (ran.code, ran.err) == (
        Exit.CHECK_FAILED,
        "error: Accounts and passwords are those of this server (STACK_AUTH=pam).\n\n"
        "hint: sudo adduser NAME; sudo adduser NAME lab; sudo passwd NAME. See docs/pam.md.\n",
    )


def test_groups_are_the_servers(checkout: Checkout) -> None:
    checkout.env.write_text("STACK_AUTH=pam\n")
    ran = checkout.stackctl("groups", "add", "lab", "alice")
    assert (ran.code, ran.err) == (
        Exit.CHECK_FAILED,
        "error: Groups come from this server.\n\nhint: Run: sudo adduser NAME GROUP\n",
    )

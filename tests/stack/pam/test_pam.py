"""STACK_AUTH=pam, with real accounts of this machine, which are removed at the end."""

from __future__ import annotations

import contextlib
import grp
import pwd
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import in_lab, new_page, sign_in
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

PASSWORD = "correct horse 电池"
INTERVAL = 3
"""Seconds between two looks at somebody: the hub's own 120 would be long for a test."""


def system(*command: str, stdin: str = "") -> None:
    """Change this machine's accounts as its operator does."""
    ran = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}: {ran.stderr}"


class Server:
    """Accounts and groups of this machine, with names that nobody else has."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.prefix = f"zz{stack.name}-"
        self.group, self.admins = f"{self.prefix}lab", f"{self.prefix}ops"
        self.secret = Path("/etc") / f"{self.prefix}secret"
        self.names: list[str] = []

    def person(self, name: str, *options: str, password: str = PASSWORD, member: bool = True) -> Person:
        """Make an account; `options` are useradd's."""
        name = f"{self.prefix}{name}"
        self.names.append(name)
        system("useradd", "--no-create-home", "--shell", "/bin/bash", *options, name)
        self.set_password(name, password)
        if member:
            system("usermod", "--append", "--groups", self.group, name)
        return Person(self.stack, name, password)

    @staticmethod
    def set_password(name: str, password: str) -> None:
        system("chpasswd", stdin=f"{name}:{password}\n")

    def leave(self, name: str, group: str) -> None:
        system("gpasswd", "--delete", name, group)

    def remove(self) -> None:
        """Remove all of it, that of an interrupted run too."""
        self.secret.unlink(missing_ok=True)
        for account in pwd.getpwall():
            if account.pw_name.startswith(self.prefix):
                system("userdel", account.pw_name)
        for group in grp.getgrall():
            if group.gr_name.startswith(self.prefix):
                system("groupdel", group.gr_name)


@pytest.fixture(scope="module")
def server(running: Stack, local_admin: Person) -> Iterator[Server]:
    """The stack with sign-in through this machine's accounts. Afterwards it has local accounts again."""
    made = Server(running)
    made.remove()
    with contextlib.ExitStack() as afterwards:
        afterwards.callback(made.remove)
        afterwards.callback(local_admin.remove_users, made.names)
        afterwards.callback(running.become)
        for group in (made.group, made.admins):
            system("groupadd", group)
        made.secret.touch(mode=0o600)
        made.secret.write_text("a private key")
        ada = made.person("ada")
        quick = {"hub/conf.d/quick.py": f"c.ServerAuthenticator.check_interval = {INTERVAL}\n"}
        groups = {"STACK_PAM_GROUP": made.group, "STACK_PAM_ADMIN_GROUP": made.admins}
        printed = running.become({"STACK_AUTH": "pam", **groups}, files=quick)
        assert f"! The group {made.admins} (STACK_PAM_ADMIN_GROUP) has no members." in printed
        assert f"Members of {made.group} or {made.admins} sign in with their accounts on this server." in printed
        assert ada.sign_in()[1].status_code == 302
        yield made


@pytest.fixture(scope="module")
def ada(server: Server) -> Person:
    """Somebody in the group, who is left alone by every test."""
    return Person(server.stack, server.names[0], PASSWORD)


def test_an_account_of_the_server_has_a_notebook_with_files_that_stay(ada: Person, browser: Browser) -> None:
    page = new_page(browser)
    sign_in(page, ada)
    in_lab(page)
    page.context.close()
    ada.write("kept.txt", "here")
    volumes = ada.stack.docker.volumes.list(filters={"label": [f"stackhub.stack={ada.stack.name}", _owned_by(ada)]})
    ada.stop()
    assert ada.start().read("kept.txt") == "here"
    mounted = {mount.get("Name") for mount in ada.stack.servers()[ada.name].attrs["Mounts"]}
    assert [volume.name for volume in volumes if volume.name in mounted] == [volume.name for volume in volumes] != []
    ada.stop()


def _owned_by(person: Person) -> str:
    uid = subprocess.run(["id", "-u", person.name], capture_output=True, text=True, check=True).stdout.strip()
    return f"stackhub.user={person.name}:{uid}#pam"


@pytest.mark.parametrize(
    ("locale", "words"), [("en-US", "the same username and password as for SSH"), ("zh-CN", "系统账号")]
)
def test_the_page_says_which_account_is_meant(server: Server, browser: Browser, locale: str, words: str) -> None:
    page = new_page(browser, locale)
    page.goto(f"{server.stack.url}/hub/login")
    expect(page.locator(".login-help")).to_contain_text(words)
    page.context.close()


Change = Callable[[Server], Person]


def locked(server: Server) -> Person:
    person = server.person("locked")
    system("usermod", "--lock", person.name)
    return person


def without_a_password(server: Server) -> Person:
    person = server.person("empty")
    system("passwd", "--delete", person.name)
    person.password = " "
    return person


def another_password(server: Server) -> Person:
    person = server.person("wrong")
    person.password = PASSWORD + "."
    return person


def root(server: Server) -> Person:
    return Person(server.stack, "root", PASSWORD)


def nobody(server: Server) -> Person:
    return Person(server.stack, f"{server.prefix}nobody", PASSWORD)


@pytest.mark.parametrize("whose", [locked, without_a_password, another_password, root, nobody])
def test_no_right_password(server: Server, whose: Change) -> None:
    answer = whose(server).sign_in()[1]
    assert answer.status_code == 403
    assert "Invalid username or password" in answer.text


def expired(server: Server) -> Person:
    return server.person("expired", "--expiredate", "2020-01-01")


def a_new_password_is_due(server: Server) -> Person:
    person = server.person("due")
    system("chage", "--lastday", "0", person.name)
    return person


def without_a_shell(server: Server) -> Person:
    return server.person("service", "--shell", "/usr/sbin/nologin")


def outside_the_group(server: Server) -> Person:
    return server.person("outside", member=False)


@pytest.mark.parametrize(
    ("whose", "message"),
    [
        (expired, "has expired on this server"),
        (a_new_password_is_due, "Your password has expired"),
        (without_a_shell, "or has no login shell"),
        (outside_the_group, "is not in this server’s group {group}."),
    ],
)
def test_the_right_password_is_not_enough(server: Server, whose: Change, message: str) -> None:
    answer = whose(server).sign_in()[1]
    assert answer.status_code == 403
    assert message.format(group=server.group) in answer.text


@pytest.mark.full
def test_a_new_password_counts_at_once_and_after_a_restart(server: Server) -> None:
    person = server.person("changed")
    assert person.sign_in()[1].status_code == 302
    server.set_password(person.name, "another one")
    assert person.sign_in()[1].status_code == 403
    assert person.sign_in(password="another one")[1].status_code == 302
    server.stack.ctl("restart", "hub")
    assert person.sign_in(password="another one")[1].status_code == 302


def test_administrators_are_who_is_in_their_group_now(server: Server) -> None:
    person = server.person("chief", "--groups", server.admins, member=False)
    assert person.hub("GET").json()["admin"]
    assert person.hub("GET").json()["groups"] == [server.admins]
    system("usermod", "--append", "--groups", server.group, person.name)
    server.leave(person.name, server.admins)
    wait_until(lambda: not person.hub("GET").json()["admin"], 30, "no administrator any more")


def test_who_left_the_group_or_is_locked_is_out_and_their_server_stops(server: Server) -> None:
    left, shut = server.person("left"), server.person("shut")
    cookies, _ = left.sign_in()
    for person in (left, shut):
        person.start()
    server.leave(left.name, server.group)
    system("usermod", "--lock", shut.name)
    wait_until(lambda: not {left.name, shut.name} & set(server.stack.servers()), 60, "the end of both servers")
    people = (left, shut)
    wait_until(lambda: {person.hub("GET").status_code for person in people} == {403}, 30, "the end of both API tokens")
    assert "/hub/login" in cookies.get(f"{server.stack.url}/hub/home", timeout=10).url, "the cookie"


def test_local_accounts_are_none_of_these(server: Server) -> None:
    local = Person(server.stack, "admin", server.stack.admin_password)
    assert local.sign_in()[1].status_code == 403
    message = server.stack.ctl("users", "add", "somebody", code=3)
    assert "Accounts and passwords are those of this server" in message.err


def test_the_hub_reads_shadow_and_nothing_that_is_roots_alone(server: Server) -> None:
    hub = server.stack.services()["hub"]

    def run(script: str, user: str) -> str:
        output = hub.exec_run(["bash", "-c", script], user=user).output
        assert isinstance(output, bytes)
        return output.decode()

    status = run("cat $(dirname $(grep -l [j]upyterhub_config.py /proc/[0-9]*/cmdline | tail -1))/status", "0")
    facts = dict(line.split(":\t", 1) for line in status.splitlines())
    assert facts["Uid"].split() == ["990"] * 4
    assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0
    assert facts["NoNewPrivs"] == "1"
    shadow = str(Path("/etc/shadow").stat().st_gid)
    assert shadow in facts["Groups"].split()
    assert "0" not in facts["Groups"].split()
    as_hub = f"990:{shadow}"
    assert "root:" in run("cat /etc/shadow", as_hub)
    assert "Permission denied" in run(f"cat /run/host-etc/{server.secret.name}", as_hub)
    assert "Read-only file system" in run(f"touch /run/host-etc/{server.secret.name}", "0")


@pytest.mark.full
def test_without_the_accounts_the_page_says_so_and_nobody_is_put_out(server: Server, ada: Person) -> None:
    ada.start()
    server.stack.run("docker", "compose", "up", "--detach", "hub")  # by itself it knows nothing of them
    server.stack.wait_until_ready()
    page, answer = ada.sign_in()
    assert answer.status_code == 503
    assert "can’t read this server’s accounts" in answer.text
    assert "can’t read this server’s accounts" in page.get(f"{server.stack.url}/hub/login", timeout=10).text
    assert ada.is_ready()
    server.stack.ctl("up", "--yes")
    assert ada.sign_in()[1].status_code == 302
    assert ada.is_ready()
    ada.stop()

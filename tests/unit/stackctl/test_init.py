"""`stackctl init`: questions on a real terminal, options off one, and nothing but what was answered is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stackctl import machine, sizes
from stackctl.catalogue import SIZES
from stackctl.commands import init
from stackctl.errors import Exit
from tests.checkout import ROOT
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.terminal import type_to

TITLE = "What is the sign-in page headed with?"
HOST = "Under which name do people reach this server?"
AUTH = "How do people sign in?"
PEOPLE = "How many people work at the same time?"
FITS = "large: 4 CPUs, 8 GB, 2 at a time → 4 CPUs, 12 GB, 1 at a time"
CTRL_C, CTRL_D = "\x03", "\x04"


@pytest.fixture
def server(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout on a server with 4 CPUs and 32 GB of memory."""
    shutil.copytree(ROOT / "singleuser", checkout.root / "singleuser")
    monkeypatch.setattr(machine, "cpus", lambda: 4)
    monkeypatch.setattr(machine, "memory", lambda: 32 * 2**30)
    return checkout


def sizes_of(checkout: Checkout) -> str:
    return (checkout.root / SIZES).read_text()


def test_somebody_answers_on_a_terminal_wrongly_at_first(server: Checkout) -> None:
    code, screen = type_to(
        server.root,
        ["init"],
        [
            ("[JupyterHub] ", "Data Lab\n"),
            ("[none] ", "hub example\n"),
            ("! STACK_HOST=hub example: ", ""),
            ("[none] ", "hub.example.org\n"),
            ("[selfsigned] ", "\n"),
            ("[local] ", "ldap\n"),
            ("STACK_AUTH=ldap: must be 'local'", ""),
            ("[local] ", "gitlab\n"),
            ("[https://gitlab.com] ", "gitlab.example.org\n"),
            (
                "must be an address that begins with http:// or https://.\n[https://gitlab.com] ",
                "https://gitlab.example.org\n",
            ),
            ("with commas: data/lab,physics\n[none] ", "data/lab\n"),
            ("[none] ", "\n"),
            ("[as they are] ", "few\n"),
            ("! This must be a number of people, such as 10.\n[as they are] ", "-1\n"),
            ("! This must be a number of people, such as 10.\n[as they are] ", "\n"),
            ("Write this? [Y/n] ", "\n"),
        ],
    )
    assert code == Exit.DONE, screen
    assert server.env.read_text() == (
        "STACK_TITLE='Data Lab'\nSTACK_HOST=hub.example.org\nSTACK_AUTH=gitlab\nGITLAB_URL=https://gitlab.example.org\nGITLAB_ALLOWED_GROUPS=data/lab\n"
    )
    assert sizes_of(server) == (ROOT / SIZES).read_text()
    assert "  STACK_TITLE: JupyterHub (default) → Data Lab\n" in screen
    assert "  Next: stackctl gitlab register, then " in screen


def test_enter_keeps_what_there_is_and_then_nothing_is_written(server: Checkout) -> None:
    server.env.write_text("# ours\nSTACK_TITLE='Data Lab'\n")
    before = server.env.stat()
    answers = [("[Data Lab] ", "\n"), (HOST, "\n"), ("[local] ", "\n"), ("[as they are] ", "\n")]
    code, screen = type_to(server.root, ["init"], answers)
    assert code == Exit.DONE, screen
    assert "Nothing to change." in screen
    assert (server.env.stat().st_ino, server.env.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_an_answer_may_be_taken_back(server: Checkout) -> None:
    """Enter after a wrong one is what there was, not the wrong one."""
    server.env.write_text("GITLAB_ADMIN_GROUPS=ops\nSTACK_AUTH=gitlab\n")
    answers = [
        (TITLE, "\n"),
        (HOST, "\n"),
        ("[gitlab] ", "x\n"),
        ("\n[gitlab] ", "\n"),
        ("At which address", "\n"),
        ("[none] ", "\n"),
        ("[ops] ", "none\n"),
        (PEOPLE, "\n"),
        ("[Y/n]", "y\n"),
    ]
    code, screen = type_to(server.root, ["init"], answers)
    assert code == Exit.DONE, screen
    assert server.env.read_text() == "# GITLAB_ADMIN_GROUPS=\nSTACK_AUTH=gitlab\n"
    assert "! Nobody may enter: no setting lets anybody in." not in screen.split("[Y/n]")[0]
    assert "Nobody may enter: no setting lets anybody in." in screen


@pytest.mark.parametrize(
    ("last", "code", "said"),
    [
        ("n\n", Exit.CHECK_FAILED, "Nothing was changed."),
        (CTRL_D, Exit.CHECK_FAILED, "There was no answer. Nothing was changed."),
        (CTRL_C, Exit.INTERRUPTED, "Stopped. Nothing was changed.\n"),
    ],
)
def test_up_to_the_last_question_nothing_is_written(server: Checkout, last: str, code: int, said: str) -> None:
    answers = [(TITLE, "Lab\n"), (HOST, "\n"), (AUTH, "\n"), (PEOPLE, "3\n"), ("[Y/n] ", last)]
    found, screen = type_to(server.root, ["init"], answers)
    assert (found, said in screen) == (code, True), screen
    assert not server.env.exists()
    assert sizes_of(server) == (ROOT / SIZES).read_text()


def test_ctrl_c_once_it_is_written_does_not_say_that_nothing_was(server: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(init, "warn_of_environment", interrupt)
    ran = server.stackctl("init", "--yes", "--title", "Lab")
    assert ran.code == Exit.INTERRUPTED
    assert ran.err.endswith("Stopped. What is written is in force: stackctl config. Run it again, and it goes on.\n")


def test_without_a_name_what_needs_one_goes_too(server: Checkout) -> None:
    server.env.write_text("STACK_HOST=hub.example.org\nSTACK_TLS=off\nSTACK_AUTH=local\n")
    ran = server.stackctl("init", "--yes", "--host", "")
    assert (ran.code, server.env.read_text()) == (Exit.DONE, "# STACK_HOST=\n# STACK_TLS=selfsigned\nSTACK_AUTH=local\n")


def test_an_answer_with_which_another_setting_would_be_wrong_is_refused_at_once(server: Checkout) -> None:
    before = "STACK_HOST=hub.example.org\nSTACK_HTTPS_PORT=8443\nSTACK_NMAE=x\n"
    server.env.write_text(before)
    answers = [(TITLE, "\n"), ("[hub.example.org] ", "none\n"), ("\n[hub.example.org] ", "\n"), ("[selfsigned] ", CTRL_D)]
    code, screen = type_to(server.root, ["init"], answers)
    assert (code, server.env.read_text()) == (Exit.CHECK_FAILED, before)
    assert "! STACK_HTTPS_PORT=8443 in .env line 2: is used together with STACK_HOST only; set that too.\n" in screen


def test_a_certificate_of_ones_own_is_two_files_that_are_looked_at(server: Checkout) -> None:
    answers = [
        (TITLE, "\n"),
        ("[none] ", "hub.example.org\n"),
        ("[selfsigned] ", "files\n"),
        ("fullchain.pem\n[none] ", "\n"),
    ]
    answers += [("! STACK_TLS_CERTIFICATE is needed here.\n[none] ", "./chain.pem\n"), ("[none] ", "/nowhere/key.pem\n")]
    answers += [(AUTH, "\n"), (PEOPLE, "\n"), ("[Y/n] ", "\n")]
    code, screen = type_to(server.root, ["init"], answers)
    assert code == Exit.DONE, screen
    written = (
        "STACK_HOST=hub.example.org\nSTACK_TLS=files\nSTACK_TLS_CERTIFICATE=./chain.pem\nSTACK_TLS_KEY=/nowhere/key.pem\n"
    )
    assert server.env.read_text() == written
    assert f"! {server.root}/chain.pem cannot be read: No such file or directory." in screen
    ran = server.stackctl("init", "--yes", "--tls", "selfsigned")
    assert (ran.code, server.env.read_text().split("\n#")[1:]) == (
        Exit.DONE,
        [" STACK_TLS_CERTIFICATE=", " STACK_TLS_KEY=\n"],
    )


def test_another_proxys_addresses_go_with_it(server: Checkout) -> None:
    answers = [(TITLE, "\n"), ("[none] ", "hub.example.org\n"), ("[selfsigned] ", "off\n"), ("[127.0.0.1] ", "proxy\n")]
    answers += [("! STACK_TRUSTED_PROXIES=proxy: ", ""), ("[127.0.0.1] ", "10.0.0.7\n")]
    code, screen = type_to(server.root, ["init"], [*answers, (AUTH, "\n"), (PEOPLE, "\n"), ("[Y/n] ", "\n")])
    assert code == Exit.DONE, screen
    assert server.env.read_text() == "STACK_HOST=hub.example.org\nSTACK_TLS=off\nSTACK_TRUSTED_PROXIES=10.0.0.7\n"
    assert server.stackctl("init", "--yes", "--tls", "selfsigned").code == Exit.DONE
    assert server.env.read_text().endswith("STACK_TLS=selfsigned\n# STACK_TRUSTED_PROXIES=127.0.0.1\n")


def test_half_of_a_certificate_is_refused(server: Checkout) -> None:
    ran = server.stackctl("init", "--yes", "--host", "hub.example.org", "--tls", "files", "--certificate", "./chain.pem")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err.startswith("error: STACK_TLS=files: takes both STACK_TLS_CERTIFICATE and STACK_TLS_KEY; set them too.\n")
    assert not server.env.exists()


def test_ctrl_d_ends_a_question_that_has_a_wrong_answer_already(server: Checkout) -> None:
    server.env.write_text("STACK_AUTH=ldap\n")
    code, screen = type_to(server.root, ["init"], [(TITLE, "\n"), (HOST, "\n"), ("[ldap] ", "\n"), ("\n[ldap] ", CTRL_D)])
    assert (code, "There was no answer." in screen) == (Exit.CHECK_FAILED, True)


def test_every_answer_can_be_an_option(server: Checkout) -> None:
    words = ["--title", "Data Lab", "--host", "hub.example.org", "--tls", "off", "--trusted-proxies", "10.0.0.7"]
    words += ["--auth", "gitlab", "--gitlab-url", "https://gitlab.example.org"]
    words += ["--allow-groups", "data/lab", "--admin-groups", "ops", "--people", "4"]
    ran = server.stackctl("init", *words, "--dry-run")
    assert (ran.code, FITS in ran.err) == (Exit.DONE, True)
    assert not server.env.exists()
    ran = server.stackctl("init", *words)
    assert ran.code == Exit.DONE, ran.err
    assert "GITLAB_ADMIN_GROUPS=ops\n" in server.env.read_text()
    assert sizes_of(server) == (ROOT / SIZES).read_text().replace("memory: 2G", "memory: 6G").replace(
        "memory: 8G\n  count: 2", "memory: 12G\n  count: 1"
    )
    again = server.stackctl("init", *words)
    assert (again.code, again.err.splitlines()[0]) == (Exit.DONE, "✓ Nothing to change.")


def test_with_the_servers_own_accounts_a_group_that_is_not_there_is_said(server: Checkout) -> None:
    ran = server.stackctl("init", "--yes", "--auth", "pam", "--pam-group", "no-such-group", "--pam-admin-group", "root")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err.startswith("error: --pam-admin-group: STACK_PAM_ADMIN_GROUP=root: must be a group for people")
    ran = server.stackctl("init", "--yes", "--auth", "pam", "--pam-group", "no-such-group")
    assert (ran.code, server.env.read_text()) == (Exit.DONE, "STACK_AUTH=pam\nSTACK_PAM_GROUP=no-such-group\n")
    assert "! There is no group no-such-group in /etc/group, and STACK_PAM_GROUP names it. Make it (addgroup" in ran.err


def test_without_a_terminal_the_first_question_names_its_option(server: Checkout) -> None:
    assert server.stackctl("init") == (
        Exit.CHECK_FAILED,
        "",
        f"error: {TITLE} Your team's name, perhaps. There is no terminal to ask on.\n\n"
        "hint: Answer with --title; or with --yes, what has no option stays as it is.\n",
    )
    ran = server.stackctl("init", "--title", "Lab", "--host", "", "--auth", "local")
    assert (ran.code, "hint: Answer with --people" in ran.err) == (Exit.CHECK_FAILED, True)
    assert not server.env.exists()


def test_yes_leaves_what_has_no_option(server: Checkout) -> None:
    server.env.write_text("# ours\nSTACK_TITLE=a\nSTACK_HTTP_PORT=9000\n")
    ran = server.stackctl("init", "--yes", "--title", "Lab")
    assert (ran.code, server.env.read_text()) == (Exit.DONE, "# ours\nSTACK_TITLE=Lab\nSTACK_HTTP_PORT=9000\n")
    assert ran.err.endswith("bin/stackctl up\n")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--auth", "ldap"], 3, "error: --auth: STACK_AUTH=ldap: must be 'local', "),
        (["--title", "two\nlines"], 3, "error: --title: STACK_TITLE='two\\nlines' cannot be written into .env."),
        (["--people", "0"], 2, "'--people': Input should be greater than or equal to 1"),
        (["--people", "900"], 3, "error: 900 people do not fit: notebook servers have 28.8 GB here, and each takes 0.5 GB."),
    ],
)
def test_a_wrong_option_changes_nothing(server: Checkout, words: list[str], code: int, text: str) -> None:
    ran = server.stackctl("init", "--yes", *words)
    assert (ran.code, text in ran.err) == (code, True), ran.err
    assert not server.env.exists()


def test_sizes_of_ones_own_are_left_alone(server: Checkout) -> None:
    (server.root / SIZES).write_text("tiny:\n  cpu: 1\n  memory: 1G\n")
    ran = server.stackctl("init", "--yes", "--people", "3")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err.startswith(f"error: {SIZES} has sizes of your own: tiny.\n")
    assert (
        server.stackctl("init", "--title", "Lab", "--host", "", "--auth", "local").code == Exit.DONE
    )  # nothing left to ask


@pytest.mark.parametrize("people", [1, 2, 5, 10, 57])
@pytest.mark.parametrize(("memory", "cpus"), [(32, 1), (32, 4), (256, 64)])
def test_the_small_size_is_for_everybody_at_the_same_time(people: int, memory: int, cpus: int) -> None:
    small, large = sizes.fit(people, memory * sizes.GB, cpus).values()
    assert people * small.memory <= memory
    assert small.memory <= large.memory
    assert large.count
    assert large.count == 1 or large.count * large.memory <= memory / 2
    assert 1 <= small.cpu <= large.cpu <= cpus


def test_a_size_keeps_its_comments_and_its_title(tmp_path: Path) -> None:
    text = "small:  # for most\r\n  cpu: 2   # of 4\r\n  memory: 2G\r\nlarge:\r\n  memory: 8G # much\r\n  cpu: 4\r\n"
    fits = {"small": sizes.Fit(1, 1.5), "large": sizes.Fit(4, 0.5, 3)}
    assert sizes.with_fit(text, fits) == (
        "small:  # for most\r\n  cpu: 1   # of 4\r\n  memory: 1.5G\r\n"
        "large:\r\n  memory: 512M # much\r\n  count: 3\r\n  cpu: 4\r\n"
    )

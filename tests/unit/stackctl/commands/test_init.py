"""`stackctl init`: prompts on a terminal, options without one; it changes only what was answered."""

from __future__ import annotations

import shutil

import pytest

from stackctl.catalogue import LOCAL_SIZES, SIZES, sizes
from stackctl.commands import init
from stackctl.errors import Exit
from stackctl.host import machine
from tests.support.checkout import ROOT
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.terminal import type_to

TITLE = "Title of the sign-in page"
HOST = "Name under which people reach this server"
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


def test_wrong_answers_on_a_terminal_are_asked_for_again(server: Checkout) -> None:
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
            ("(e.g. data/lab,physics)\n[none] ", "data/lab\n"),
            ("[none] ", "\n"),
            ("[keep] ", "few\n"),
            ("! Enter a number of people, such as 10.\n[keep] ", "-1\n"),
            ("! Enter a number of people, such as 10.\n[keep] ", "\n"),
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


def test_enter_keeps_every_value_and_writes_nothing(server: Checkout) -> None:
    server.env.write_text("# ours\nSTACK_TITLE='Data Lab'\n")
    before = server.env.stat()
    answers = [("[Data Lab] ", "\n"), (HOST, "\n"), ("[local] ", "\n"), ("[keep] ", "\n")]
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
        ("Address of GitLab", "\n"),
        ("[none] ", "\n"),
        ("[ops] ", "none\n"),
        (PEOPLE, "\n"),
        ("[Y/n]", "y\n"),
    ]
    code, screen = type_to(server.root, ["init"], answers)
    assert code == Exit.DONE, screen
    assert server.env.read_text() == "# GITLAB_ADMIN_GROUPS=\nSTACK_AUTH=gitlab\n"
    assert "! Nobody may sign in: no setting allows anybody to." not in screen.split("[Y/n]")[0]
    assert "Nobody may sign in: no setting allows anybody to." in screen


@pytest.mark.parametrize(
    ("last", "code", "output"),
    [
        ("n\n", Exit.CHECK_FAILED, "Nothing was changed."),
        (CTRL_D, Exit.CHECK_FAILED, "There was no answer. Nothing was changed."),
        (CTRL_C, Exit.INTERRUPTED, "Stopped. Nothing was changed.\n"),
    ],
)
def test_up_to_the_last_question_nothing_is_written(server: Checkout, last: str, code: int, output: str) -> None:
    answers = [(TITLE, "Lab\n"), (HOST, "\n"), (AUTH, "\n"), (PEOPLE, "3\n"), ("[Y/n] ", last)]
    found, screen = type_to(server.root, ["init"], answers)
    assert (found, output in screen) == (code, True), screen
    assert not server.env.exists()
    assert sizes_of(server) == (ROOT / SIZES).read_text()


def test_ctrl_c_after_writing_does_not_claim_that_nothing_changed(server: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(init, "warn_of_environment", interrupt)
    ran = server.stackctl("init", "--yes", "--title", "Lab")
    assert ran.code == Exit.INTERRUPTED
    assert ran.err.endswith("Stopped. Some changes are written: see stackctl config. Run the command again to continue.\n")


def test_without_a_host_name_its_other_settings_are_reset(server: Checkout) -> None:
    server.env.write_text("STACK_HOST=hub.example.org\nSTACK_TLS=off\nSTACK_AUTH=local\n")
    ran = server.stackctl("init", "--yes", "--host", "")
    assert (ran.code, server.env.read_text()) == (Exit.DONE, "# STACK_HOST=\n# STACK_TLS=selfsigned\nSTACK_AUTH=local\n")


def test_an_answer_that_breaks_another_setting_is_refused_at_once(server: Checkout) -> None:
    before = "STACK_HOST=hub.example.org\nSTACK_HTTPS_PORT=8443\nSTACK_NMAE=x\n"
    server.env.write_text(before)
    answers = [(TITLE, "\n"), ("[hub.example.org] ", "none\n"), ("\n[hub.example.org] ", "\n"), ("[selfsigned] ", CTRL_D)]
    code, screen = type_to(server.root, ["init"], answers)
    assert (code, server.env.read_text()) == (Exit.CHECK_FAILED, before)
    assert "! STACK_HTTPS_PORT=8443 in .env line 2: needs STACK_HOST; set that too.\n" in screen


def test_a_custom_certificate_is_two_files_that_are_checked(server: Checkout) -> None:
    answers = [
        (TITLE, "\n"),
        ("[none] ", "hub.example.org\n"),
        ("[selfsigned] ", "files\n"),
        ("fullchain.pem):\n[none] ", "\n"),
    ]
    answers += [("! STACK_TLS_CERTIFICATE is required here.\n[none] ", "./chain.pem\n"), ("[none] ", "/nowhere/key.pem\n")]
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


def test_a_proxys_addresses_are_reset_with_it(server: Checkout) -> None:
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
    assert ran.err.startswith("error: STACK_TLS=files: needs STACK_TLS_CERTIFICATE and STACK_TLS_KEY; set them too.\n")
    assert not server.env.exists()


def test_ctrl_d_ends_a_question_with_an_invalid_current_value(server: Checkout) -> None:
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
    assert sizes_of(server) == (ROOT / SIZES).read_text(), "the project's file stays as git has it"
    assert (server.root / LOCAL_SIZES).read_text() == sizes.HEAD + sizes_of(server).replace(
        "memory: 2G", "memory: 6G"
    ).replace("memory: 8G\n  count: 2", "memory: 12G\n  count: 1")
    assert server.stackctl("init", "--yes", "--people", "8").code == Exit.DONE
    assert (server.root / LOCAL_SIZES).read_text().startswith(sizes.HEAD + "# How much")
    assert "memory: 3G" in (server.root / LOCAL_SIZES).read_text()
    server.stackctl("init", *words)
    again = server.stackctl("init", *words)
    assert (again.code, again.err.splitlines()[0]) == (Exit.DONE, "✓ Nothing to change.")


def test_with_pam_a_missing_group_is_reported(server: Checkout) -> None:
    ran = server.stackctl("init", "--yes", "--auth", "pam", "--pam-group", "no-such-group", "--pam-admin-group", "root")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err.startswith("error: --pam-admin-group: STACK_PAM_ADMIN_GROUP=root: must be a group for people")
    ran = server.stackctl("init", "--yes", "--auth", "pam", "--pam-group", "no-such-group")
    assert (ran.code, server.env.read_text()) == (Exit.DONE, "STACK_AUTH=pam\nSTACK_PAM_GROUP=no-such-group\n")
    assert "! STACK_PAM_GROUP names the group no-such-group, which is not in /etc/group. Create it (addgroup" in ran.err


def test_without_a_terminal_the_first_question_names_its_option(server: Checkout) -> None:
    assert server.stackctl("init") == (
        Exit.CHECK_FAILED,
        "",
        "error: --title is missing. Can't prompt: not a terminal.\n\nhint: Pass --title, or --yes to keep current values.\n",
    )
    ran = server.stackctl("init", "--title", "Lab", "--host", "", "--auth", "local")
    assert (ran.code, "hint: Pass --people" in ran.err) == (Exit.CHECK_FAILED, True)
    assert not server.env.exists()


def test_yes_keeps_values_without_an_option(server: Checkout) -> None:
    server.env.write_text("# ours\nSTACK_TITLE=a\nSTACK_HTTP_PORT=9000\n")
    ran = server.stackctl("init", "--yes", "--title", "Lab")
    assert (ran.code, server.env.read_text()) == (Exit.DONE, "# ours\nSTACK_TITLE=Lab\nSTACK_HTTP_PORT=9000\n")
    assert ran.err.endswith("  Next: stackctl up\n")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--auth", "ldap"], 3, "error: --auth: STACK_AUTH=ldap: must be 'local', "),
        (["--title", "two\nlines"], 3, "error: --title: STACK_TITLE='two\\nlines' cannot be written to .env."),
        (["--people", "0"], 2, "'--people': must be greater than or equal to 1"),
        (["--people", "900"], 3, "error: 900 people do not fit: notebook servers have 28.8 GB here, and each takes 0.5 GB."),
    ],
)
def test_a_wrong_option_changes_nothing(server: Checkout, words: list[str], code: int, text: str) -> None:
    ran = server.stackctl("init", "--yes", *words)
    assert (ran.code, text in ran.err) == (code, True), ran.err
    assert not server.env.exists()


def test_customised_sizes_are_left_alone(server: Checkout) -> None:
    (server.root / LOCAL_SIZES).write_text("tiny:\n  cpu: 1\n  memory: 1G\n")
    ran = server.stackctl("init", "--yes", "--people", "3")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err.startswith(f"error: {LOCAL_SIZES} has sizes of your own: tiny.\n")
    assert (
        server.stackctl("init", "--title", "Lab", "--host", "", "--auth", "local").code == Exit.DONE
    )  # nothing left to ask

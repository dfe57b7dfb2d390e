"""`stackctl config`: the settings in effect and their sources, and changing them without losing or revealing anything."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from stackctl.app import run
from stackctl.errors import Exit
from stackctl.settings import DEFAULTS
from tests.support.checkout import ROOT
from tests.unit.stackctl.conftest import Checkout
from tests.unit.stackctl.ui.test_console import Terminal

PROXY = "http://alice:pass word@proxy.example.org:3128"
HINT = "Nothing was changed. See .env.example for every setting."


@pytest.fixture
def example(checkout: Checkout) -> Checkout:
    """A checkout with the .env.example of this one."""
    shutil.copy(ROOT / ".env.example", checkout.root)
    return checkout


def line(text: str, name: str) -> list[str]:
    """The words of the line about a setting."""
    return next(words for words in map(str.split, text.splitlines()) if name in words)


def test_every_setting_is_shown_once_below_the_title_that_env_example_has(example: Checkout) -> None:
    ran = example.stackctl("config")
    assert (ran.code, ran.err) == (Exit.DONE, "")
    shown = [words[0] for words in map(str.split, ran.out.splitlines()) if words and words[0] in DEFAULTS]
    assert sorted(shown) == sorted(DEFAULTS)
    titles = [text for text in ran.out.splitlines() if text[:1].strip()]
    assert [title.strip() for title in titles] == [
        text.removeprefix("# --- ").removesuffix(" ---")
        for text in (ROOT / ".env.example").read_text().splitlines()
        if text.startswith("# ---")
    ]
    assert example.stackctl("config", "show").out == ran.out


def test_each_value_has_its_source(example: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    example.env.write_text("# ours\nSTACK_TITLE='Data Lab'\nSTACK_HTTP_PORT=9000\nSTACK_LANG=\nGITLAB_GIT=false\n")
    monkeypatch.setenv("STACK_HTTP_PORT", "9001")
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    shown = example.stackctl("config").out
    assert line(shown, "STACK_TITLE") == ["STACK_TITLE", "Data", "Lab", ".env", "line", "2"]
    assert line(shown, "STACK_HTTP_PORT")[1:] == ["9001", "the", "environment,", "over", ".env", "line", "3"]
    assert line(shown, "HTTP_PROXY")[1:] == ["http://proxy:3128", "the", "environment"]
    assert line(shown, "STACK_LANG")[1:] == ["default"]
    assert line(shown, "GITLAB_GIT")[1:] == ["false", ".env", "line", "5"]
    assert line(shown, "STACK_NAME")[1:] == ["stackhub", "default"]


def test_passwords_and_secrets_are_not_shown(example: Checkout) -> None:
    example.env.write_text(f"HTTPS_PROXY='{PROXY}'\nHTTP_PROXY='alice:pass word@proxy:3128'\nSTACK_NAME=team\n")
    example.application.parent.mkdir(parents=True)
    for path in (
        "team/hub/gitlab.json",
        "team/admin-password",
        "team/images.json",
        "team/tls/hub/ca.pem",
        "team/tls/hub/ca.crt",
    ):
        (example.root / ".stack" / path).parent.mkdir(parents=True, exist_ok=True)
        (example.root / ".stack" / path).write_text("pass word")
    for words in (["config"], ["config", "--json"], ["config", "set", "HTTPS_PROXY", PROXY]):
        ran = example.stackctl(*words)
        assert "pass" not in (ran.out + ran.err).replace("admin-password", "")
        assert "word@" not in ran.out + ran.err
        assert "http://***@proxy.example.org:" in ran.out + ran.err
    assert line(example.stackctl("config").out, ".stack/team/hub/gitlab.json")[1:] == ["set"]
    assert json.loads(example.stackctl("config", "--json").out)["secrets"] == {
        ".stack/team/admin-password": "set",
        ".stack/team/hub/gitlab.json": "set",
        ".stack/team/tls/hub/ca.pem": "set",
    }


def test_json(example: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    example.env.write_text("STACK_HTTP_PORT=none\n")
    monkeypatch.setenv("STACK_TITLE", "Lab")
    ran = example.stackctl("config", "--json")
    assert ran.code == Exit.CHECK_FAILED
    found = {item["name"]: item for item in json.loads(ran.out)["settings"]}
    problem = "STACK_HTTP_PORT=none in .env line 1: must be a whole number."
    assert found.keys() == DEFAULTS.keys()
    assert found["STACK_HTTP_PORT"] == {
        "name": "STACK_HTTP_PORT",
        "value": "none",
        "default": "8000",
        "source": ".env",
        "line": 1,
        "problem": problem,
    }
    assert (found["STACK_TITLE"]["source"], found["STACK_TITLE"]["line"]) == ("environment", None)
    assert (found["STACK_NAME"]["source"], found["STACK_NAME"]["problem"]) == ("default", None)
    assert json.loads(ran.out)["problems"] == [problem]


def test_an_invalid_setting_is_marked_and_exits_with_3(example: Checkout) -> None:
    example.env.write_text("STACK_HTP_PORT=1\nSTACK_AUTH=ldap\nhello world\n")
    ran = example.stackctl("config")
    assert ran.code == Exit.CHECK_FAILED
    assert line(ran.out, "STACK_AUTH") == ["✗", "STACK_AUTH", "ldap", ".env", "line", "2"]
    assert ran.out.count("✗") == 1
    assert "error: STACK_HTP_PORT in .env line 1 is not a setting. Did you mean STACK_HTTP_PORT?\n" in ran.err
    assert ".env line 3 is not NAME=value: 'hello world'.\n" in ran.err
    assert "STACK_AUTH=ldap in .env line 2: must be 'local'" in ran.err


def test_an_unreadable_file_is_reported_and_everything_else_is_shown(example: Checkout) -> None:
    example.env.write_bytes(b"\xff\xfe")
    ran = example.stackctl("config")
    assert (ran.code, len(ran.out.splitlines()) > len(DEFAULTS)) == (Exit.CHECK_FAILED, True)
    assert ran.err.startswith("error: .env cannot be read: ")
    assert example.stackctl("config", "set", "STACK_NAME", "a").code == Exit.CHECK_FAILED
    assert example.env.read_bytes() == b"\xff\xfe"


def test_set_says_what_changes_and_what_next(example: Checkout) -> None:
    shutil.copy(ROOT / ".env.example", example.env)
    ran = example.stackctl("config", "set", "stack_http_port", "9000")
    assert (ran.code, ran.out) == (Exit.DONE, "")
    assert ran.err == ("In .env:\n  STACK_HTTP_PORT: 8000 (default) → 9000\n✓ Wrote .env.\n  Next: stackctl up\n")
    text = (ROOT / ".env.example").read_text()
    assert example.env.read_text() == text.replace("# STACK_HTTP_PORT=8000", "STACK_HTTP_PORT=9000")
    assert example.stackctl("config", "set", "STACK_HTTP_PORT", "9000").err == (
        "✓ Nothing to change: STACK_HTTP_PORT is already 9000.\n"
    )
    assert "9000 → 8000 (default)" in example.stackctl("config", "unset", "STACK_HTTP_PORT").err
    assert example.env.read_text() == text


def test_nothing_to_change_writes_nothing_at_all(checkout: Checkout) -> None:
    for words in (["set", "STACK_NAME", "stackhub"], ["set", "STACK_NAME", ""], ["unset", "STACK_NAME"]):
        ran = checkout.stackctl("config", *words)
        assert (ran.code, ran.err) == (Exit.DONE, "✓ Nothing to change: STACK_NAME is already stackhub (default).\n")
    assert not checkout.env.exists()


def test_several_settings_are_valid_together_or_nothing_is_written(checkout: Checkout) -> None:
    security = "STACK_APT_SECURITY_MIRROR=http://mirror.example.org/security"
    ran = checkout.stackctl("config", "set", security, "STACK_TITLE=Lab")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err == f"error: {security}: needs STACK_APT_MIRROR; set that too.\n\nhint: {HINT}\n"
    assert not checkout.env.exists()
    debian = "STACK_APT_MIRROR=http://mirror.example.org/debian"
    assert checkout.stackctl("config", "set", security, debian).code == Exit.DONE
    assert checkout.env.read_text() == f"{security}\n{debian}\n"
    ran = checkout.stackctl("config", "unset", "STACK_APT_MIRROR")
    assert (ran.code, checkout.env.read_text()) == (Exit.CHECK_FAILED, f"{security}\n{debian}\n")
    assert f"{security} in .env line 1: needs STACK_APT_MIRROR" in ran.err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["STACK_HTP_PORT", "1"], 3, "error: STACK_HTP_PORT is not a setting. Did you mean STACK_HTTP_PORT?"),
        (["COMPOSE_FILE", "x"], 3, "error: COMPOSE_FILE is not a setting of the stack."),
        (["STACK_HTTP_PORT", "0"], 3, "error: STACK_HTTP_PORT=0: must be 1 or more."),
        (["STACK_TITLE", "two\nlines"], 3, "error: STACK_TITLE='two\\nlines' cannot be written to .env."),
        (["STACK_TITLE"], 3, "error: STACK_TITLE needs a value. Can't prompt: not a terminal."),
        (
            ["STACK_NAME", "newbie", "STACK_HTTP_PORT", "18600"],
            2,
            "'STACK_NAME' is not KEY=VALUE. Write several settings as KEY=VALUE KEY=VALUE",
        ),
        (["STACK_TITLE", "Data", "Lab"], 2, "and quote a value with spaces: KEY='two words'."),
    ],
)
def test_what_cannot_be_set_changes_nothing(checkout: Checkout, words: list[str], code: int, text: str) -> None:
    ran = checkout.stackctl("config", "set", *words)
    assert ran.code == code
    assert text in ran.err
    assert not checkout.env.exists()


def test_an_invalid_setting_does_not_prevent_fixing_another(checkout: Checkout) -> None:
    checkout.env.write_text("STACK_HTTP_PORT=none\nSTACK_AUTH=ldap\n")
    ran = checkout.stackctl("config", "set", "STACK_HTTP_PORT", "9000")
    assert ran.code == Exit.DONE
    assert "! Still invalid:\n  STACK_AUTH=ldap in .env line 2: must be" in ran.err
    assert checkout.env.read_text() == "STACK_HTTP_PORT=9000\nSTACK_AUTH=ldap\n"


def test_a_line_that_compose_reads_differently_is_rewritten(checkout: Checkout) -> None:
    checkout.env.write_text('STACK_TITLE="Lab for $5"  # ours\n')
    ran = checkout.stackctl("config", "set", "STACK_TITLE", "Lab for $5")
    assert (ran.code, checkout.env.read_text()) == (Exit.DONE, "STACK_TITLE='Lab for $5'  # ours\n"), ran.err


def test_a_warning_names_what_the_environment_overrides(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_TITLE", "Other")
    ran = checkout.stackctl("config", "set", "STACK_TITLE", "Lab")
    assert (ran.code, checkout.env.read_text()) == (Exit.DONE, "STACK_TITLE=Lab\n")
    assert "! STACK_TITLE is also set in the environment, which overrides .env. Unset it: unset STACK_TITLE\n" in ran.err


def test_a_dry_run_writes_nothing(checkout: Checkout) -> None:
    ran = checkout.stackctl("config", "set", "STACK_TITLE", "Lab", "--dry-run")
    assert (ran.code, ran.err) == (Exit.DONE, "Would change in .env:\n  STACK_TITLE: JupyterHub (default) → Lab\n")
    assert not checkout.env.exists()


@pytest.mark.parametrize("words", [["set", "STACK_NAME", "a"], ["unset", "STACK_TITLE"]])
def test_a_read_only_file_stays_as_it_is(checkout: Checkout, words: list[str]) -> None:
    checkout.env.write_text("STACK_TITLE=Lab\n")
    checkout.env.chmod(0o444)
    ran = checkout.stackctl("config", *words)
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err == "error: .env is read-only.\n\nhint: Use sudo, or make it writable: chmod u+w .env\n"
    assert checkout.env.read_text() == "STACK_TITLE=Lab\n"


def test_a_dangling_link_is_reported(checkout: Checkout) -> None:
    checkout.env.symlink_to(checkout.root / "nowhere" / "env")
    ran = checkout.stackctl("config", "set", "STACK_NAME", "a")
    assert ran.code == Exit.CHECK_FAILED
    assert ran.err == f"error: .env cannot be read: it is a link to {checkout.root}/nowhere/env, which does not exist.\n"
    assert not (checkout.root / "nowhere").exists()


def test_a_pipe_neither_blocks_nor_is_replaced(checkout: Checkout) -> None:
    pipe = checkout.root / "pipe"
    os.mkfifo(pipe)
    checkout.env.symlink_to(pipe)
    for words in (["config", "set", "STACK_NAME", "a"], ["config", "unset", "STACK_NAME"]):
        ran = checkout.stackctl(*words)
        assert (ran.code, ran.err) == (Exit.CHECK_FAILED, "error: .env cannot be read: it is not a regular file.\n")
    assert pipe.is_fifo()


def test_a_new_name_gives_a_warning(checkout: Checkout) -> None:
    ran = checkout.stackctl("config", "set", "STACK_NAME", "team")
    assert (
        "! A new name is a new, empty stack. The old stack stackhub keeps its data, and keeps running if it runs.\n"
        in ran.err
    )


def test_with_gitlab_the_next_step_is_to_register(checkout: Checkout) -> None:
    ran = checkout.stackctl("config", "set", "STACK_AUTH=gitlab", "GITLAB_ALLOWED_GROUPS=data/lab")
    assert ran.err.endswith("  Next: stackctl gitlab register, then stackctl up\n")


def test_a_value_is_asked_for_on_a_terminal(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{PROXY.replace(' ', '')}\n"))
    monkeypatch.setattr(sys, "argv", ["stackctl", "config", "set", "HTTPS_PROXY"])
    assert run() == Exit.DONE
    assert checkout.env.read_text() == f"HTTPS_PROXY={PROXY.replace(' ', '')}\n"


def test_secrets_that_this_user_cannot_read_are_not_read(example: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    example.application.parent.mkdir(parents=True)
    example.application.write_text("{}")

    def refused(path: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refused)
    monkeypatch.setattr(os, "listdir", refused)
    assert example.stackctl("config").code == Exit.DONE

"""The command line as it is typed: exit codes, texts, and help that begins with examples."""

from __future__ import annotations

import errno
import importlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from stackctl import __version__, stack
from stackctl.app import COMMANDS, run
from stackctl.checkout import lock
from stackctl.errors import Exit, explain_interrupt
from tests.support.checkout import ROOT
from tests.unit.stackctl.conftest import without_docker


class Ran(NamedTuple):
    code: int
    out: str
    err: str


StackCtl = Callable[..., Ran]


@pytest.fixture
def stackctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> StackCtl:
    """Runs stackctl in a checkout without a .env, without a terminal and without Docker."""
    for name in os.environ:
        if name.startswith("STACK_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STACKCTL_ROOT", str(tmp_path))
    without_docker(monkeypatch)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def call(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["stackctl", *words])
        return Ran(run(), *capsys.readouterr())

    return call


def commands() -> list[list[str]]:
    """Every command's name, as its words."""
    found = []
    for name, entry in COMMANDS.items():
        inner = [] if entry.function else importlib.import_module(entry.module).COMMANDS
        found += [[name, command] for command in inner] or [[name]]
    return found


def test_help_imports_no_command() -> None:
    """All of them take a second."""
    script = "import sys; sys.argv[1:] = ['--help']; from stackctl.app import run; run(); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert "images   The notebook images" in ran.stdout
    modules = set(ran.stdout.splitlines()[-1].split())
    assert "typer" in modules
    assert not modules & {"docker", "pydantic", "python_on_whales", "rich", "stackctl.stack", "stackctl.commands.up"}


def test_every_command_is_there() -> None:
    assert {"up", "down", "restart", "status", "logs", "build", "users", "gitlab"} <= {words[0] for words in commands()}


CHANGING = {
    **dict.fromkeys(("init", "up", "down", "restart", "build"), ""),
    **dict.fromkeys(("config set", "config unset"), "STACK_TITLE"),
    **dict.fromkeys(("users add", "users remove", "users passwd"), "alice"),
    **dict.fromkeys(("groups add", "groups remove"), "lab alice"),
    **dict.fromkeys(("gitlab register", "gitlab rotate", "gitlab revoke"), ""),
    **dict.fromkeys(("images build", "images check", "images load", "images lock", "images prune", "images pull"), ""),
    **dict.fromkeys(("images remove", "images save"), "x"),
    "images add": "x --title x",
}
"""Commands that change something, with the arguments that they cannot be without."""

READING = {
    **dict.fromkeys(
        ("status", "doctor", "audit", "logs", "config show", "users list", "groups list", "gitlab check", "gitlab show"), ""
    ),
    **dict.fromkeys(("images list", "images verify"), ""),
    "images search": "x",
}


def test_every_command_either_changes_something_or_only_reads() -> None:
    assert sorted(" ".join(words) for words in commands()) == sorted([*CHANGING, *READING])


@pytest.mark.parametrize("words", CHANGING)
def test_what_changes_something_does_not_run_beside_another(stackctl: StackCtl, tmp_path: Path, words: str) -> None:
    with lock.held(tmp_path / ".stack" / "stackhub", "stackctl up"):
        ran = stackctl(*words.split(), *CHANGING[words].split())
    assert (ran.code, ran.out) == (Exit.LOCKED, "")
    assert "error: Another command is running: `stackctl up` (" in ran.err


@pytest.mark.parametrize("words", READING)
def test_what_only_reads_runs_beside_everything(stackctl: StackCtl, tmp_path: Path, words: str) -> None:
    with lock.held(tmp_path / ".stack" / "stackhub", "stackctl up"):
        assert stackctl(*words.split(), *READING[words].split()).code not in (Exit.LOCKED, Exit.USAGE)


def test_a_dry_run_runs_beside_everything(stackctl: StackCtl, tmp_path: Path) -> None:
    with lock.held(tmp_path / ".stack" / "stackhub", "stackctl up"):
        assert stackctl("images", "prune", "--dry-run").code not in (Exit.LOCKED, Exit.USAGE)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_begins_with_examples_of_the_command_itself(stackctl: StackCtl, words: list[str]) -> None:
    ran = stackctl(*words, "--help")
    first, *lines = ran.out.split("\n\nUsage:")[0].splitlines()
    assert (ran.code, first) == (Exit.DONE, "Examples:")
    assert re.match(r"  \S", lines[0])
    for line in lines:
        assert re.match(rf"  (sudo )?(bin/)?stackctl {' '.join(words)}\b|      \S", line), line


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_fits_80_columns(stackctl: StackCtl, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert [line for line in stackctl(*words, "--help").out.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    ("words", "usage", "error"),
    [
        (["logs", "--tail", "x"], "logs [OPTIONS] [SERVICE]", "Invalid value for --tail: must be a number, or all"),
        (["down", "--foo"], "down [OPTIONS]", "No such option: --foo"),
        (["users", "add"], "users add [OPTIONS] NAME", "Missing argument 'NAME'."),
    ],
)
def test_a_usage_error_looks_like_all_others(stackctl: StackCtl, words: list[str], usage: str, error: str) -> None:
    ran = stackctl(*words)
    command = usage.partition(" [")[0]
    hint = f"hint: See: stackctl {command} --help"
    assert (ran.code, ran.err) == (Exit.USAGE, f"Usage: stackctl {usage}\n\nerror: {error}\n\n{hint}\n")


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_shows_names_of_values_and_no_types_of_python(stackctl: StackCtl, words: list[str]) -> None:
    text = stackctl(*words, "--help").out
    assert not re.search(r"<\w+|\[\[|\.\.\.\.|\.\.\.\]|\{[A-Z]", text), text


def test_an_unknown_setting_changes_nothing_and_ends_with_3(stackctl: StackCtl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_NMAE", "x")
    assert stackctl("status") == (
        Exit.CHECK_FAILED,
        "",
        "error: STACK_NMAE in the environment is not a setting. Did you mean STACK_NAME?\n\n"
        "hint: Your settings are in .env; .env.example explains each.\n",
    )


def test_no_checkout_ends_with_1(stackctl: StackCtl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACKCTL_ROOT")
    monkeypatch.chdir(tmp_path)
    ran = stackctl("status")
    assert (ran.code, ran.out) == (Exit.FAILED, "")
    assert ran.err.startswith(f"error: There is no stack in {tmp_path} or its parents.")


@pytest.mark.parametrize(
    "words", [["status"], ["users", "list"], ["users", "add", "alice"], ["logs"], ["restart"], ["down"]]
)
def test_without_docker_it_ends_with_4_and_says_how_to_start_it(stackctl: StackCtl, words: list[str]) -> None:
    ran = stackctl(*words)
    assert (ran.code, ran.out) == (Exit.NOT_RUNNING, "")
    assert ran.err == (
        "error: Docker does not answer on this machine.\n\nhint: Start it with everything else: sudo bin/stackctl up\n"
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["upp"], "No such command 'upp'"),
        (["users", "ad"], "No such command 'ad'"),
        (["up", "--why"], "No such option: --why"),
        (["users", "add"], "Missing argument 'name'"),
        (["down", "now"], "Got unexpected extra argument"),
        (["logs", "--tail"], "Option '--tail' requires an argument"),
        (["logs", "--tail", "few"], "Invalid value for --tail: must be a number, or all"),
    ],
)
def test_a_usage_error_ends_with_2_and_names_the_word(stackctl: StackCtl, words: list[str], text: str) -> None:
    ran = stackctl(*words)
    assert (ran.code, ran.out) == (Exit.USAGE, "")
    assert text.lower() in ran.err.lower()


def test_a_mistake_in_stackctl_is_called_one(stackctl: StackCtl, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(stack.Stack, "load", fail)
    assert stackctl("status") == (
        Exit.FAILED,
        "",
        "error: ZeroDivisionError: oops\n\nhint: This is a bug in stackctl. See more: stackctl --debug …\n",
    )
    with pytest.raises(ZeroDivisionError):
        stackctl("--debug", "status")


def test_ctrl_c_ends_with_130(stackctl: StackCtl, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stack.Stack, "load", interrupt)
    ran = stackctl("up")
    assert (ran.code, ran.out) == (Exit.INTERRUPTED, "")
    assert ran.err == "\nStopped. Run the command again to continue.\n"


def test_ctrl_c_says_what_is_left(stackctl: StackCtl, monkeypatch: pytest.MonkeyPatch) -> None:
    @explain_interrupt("The outer one.")
    @explain_interrupt("One is half done.")
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stack.Stack, "load", interrupt)
    assert stackctl("up").err == "\nStopped. One is half done. Run the command again to continue.\n"


@pytest.mark.parametrize("module", ["typer", "docker"])
def test_ctrl_c_while_it_is_imported(tmp_path: Path, module: str) -> None:
    """First stackctl itself, then the command."""
    even_in_the_background = "signal.signal(signal.SIGINT, signal.default_int_handler)"
    script = f"import signal\n{even_in_the_background}\nsignal.raise_signal(signal.SIGINT)\n"
    (tmp_path / f"{module}.py").write_text(script)
    ran = python_m_stackctl("status", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert (ran.returncode, ran.stdout, ran.stderr) == (Exit.INTERRUPTED, "", "\nStopped.\n")


def test_a_full_disk_is_no_mistake_of_stackctls(stackctl: StackCtl, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x")

    monkeypatch.setattr(stack.Stack, "load", fail)
    ran = stackctl("up")
    assert ran.code == Exit.FAILED
    assert ran.err.startswith("error: The disk is full. Nothing was lost.\n\nhint: Free some space: ")


@pytest.mark.parametrize("words", [[], ["users"], ["gitlab"]])
def test_no_command_shows_the_commands(stackctl: StackCtl, words: list[str]) -> None:
    ran = stackctl(*words)
    assert ran.code == Exit.USAGE
    assert "Commands:" in ran.out + ran.err


def python_m_stackctl(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Stackctl as a process of its own, for what only the interpreter prints."""
    given = os.environ | {"STACKCTL_ROOT": str(ROOT), "PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-m", "stackctl", *words]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=30, check=False)


def test_debug_shows_the_traceback() -> None:
    ran = python_m_stackctl("--debug", "status", STACK_AUTH="ldap")
    assert ran.returncode == Exit.FAILED
    assert "Traceback" in ran.stderr
    assert "CheckFailedError: STACK_AUTH=ldap in the environment: must be 'local'" in ran.stderr


def test_version() -> None:
    ran = python_m_stackctl("--version")
    assert (ran.returncode, ran.stdout, ran.stderr) == (Exit.DONE, f"stackctl {__version__}\n", "")

"""Facts in the docs: the commands there exist with their options, and docs/doctor.md lists every check group."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from typer.main import get_command

from stackctl.app import app
from stackctl.doctor.check_groups import CHECK_GROUPS
from tests.support.checkout import ROOT, files

PAGES = [path for path in files() if re.fullmatch(r"README.*\.md|CHANGELOG\.md|docs/.+\.md|\.env\.example", path)]
CODE = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:sudo )?(?:\S*bin/)?stackctl [^`]+)`")
PLACEHOLDERS = {"COMMAND"}


def commands(text: str) -> list[str]:
    """The arguments of each call of stackctl in a page's shell code and in backticks."""
    lines = [line for block in CODE.findall(text) for line in block.splitlines()]
    lines += [" ".join(inline.split()) for inline in INLINE.findall(text)]
    calls = []
    for line in lines:
        code = re.sub(r"(^|\s)#.*", "", line)
        calls += re.findall(r"(?:^|[\s/])stackctl( [^;|&<>']*|$)", code)
    return [call.strip() for call in calls if call.strip()]


def problem(arguments: str) -> str:
    """The first word of a call that stackctl does not know, or ""."""
    command: Any = get_command(app)
    known = set(options(command))
    for word in shlex.split(arguments):
        name = word.partition("=")[0]
        if name.startswith("-"):
            known |= set(options(command))
            if name not in known | {"--help", "-h"}:
                return name
        elif hasattr(command, "list_commands") and word not in PLACEHOLDERS:
            if not (inner := command.get_command(None, word)):
                return word
            command = inner
    return ""


def options(command: Any) -> list[str]:
    return [name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]]


def test_commands_are_found_in_code_and_text() -> None:
    text = (
        "Run `sudo bin/stackctl up --yes`.\n```sh\nstackctl users add ann   # once\ntar x && cd y; bin/stackctl down\n```\n"
    )
    assert commands(text) == ["users add ann", "down", "up --yes"]


@pytest.mark.parametrize(
    ("arguments", "unknown"),
    [("up --yes", ""), ("users add ann --admin", ""), ("config", ""), ("up --ye", "--ye"), ("images sboms", "sboms")],
)
def test_unknown_words_are_found(arguments: str, unknown: str) -> None:
    assert problem(arguments) == unknown


@pytest.mark.parametrize("path", PAGES)
def test_commands_exist_with_their_options(path: str) -> None:
    assert [call for call in commands((ROOT / path).read_text()) if problem(call)] == []


def test_doctor_md_lists_every_check_group_and_marks_those_of_up() -> None:
    rows = re.findall(r"^\| ([A-Z][\w ,-]+?)( \(\*up\*\))? \|", (ROOT / "docs" / "doctor.md").read_text(), re.MULTILINE)
    listed = {name: bool(up) for names, up in rows for name in names.split(", ") if names != "Check group"}
    groups = {group.title: bool(group.before) for group in CHECK_GROUPS}
    assert listed == {**groups, "Settings": True, "From a notebook": False, "Through nginx": False}

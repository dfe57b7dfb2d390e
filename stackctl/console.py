"""What stackctl prints: data on stdout, talk on stderr."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from stackctl.errors import StackError

talk = Console(stderr=True, highlight=False, soft_wrap=True)
data = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """One line of talk."""
    talk.print(text, markup=False)


def done(text: str) -> None:
    """Something that went well."""
    talk.print("✓", style="green", end=" ")
    say(text)


def warn(text: str) -> None:
    """Something to know, with which the command still goes on."""
    talk.print("!", style="yellow", end=" ")
    say(text)


def fail(error: StackError) -> None:
    """One sentence, what was seen last, and what to do next."""
    if error.detail:
        talk.print(error.detail.rstrip(), style="dim", markup=False)
        say("")
    talk.print("error:", style="bold red", end=" ")
    say(error.message)
    if error.hint:
        say("")
        talk.print("hint:", style="bold", end=" ")
        say(error.hint)


def show_json(value: Any) -> None:
    """`value` as JSON, on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(headers: list[str], rows: list[list[str]]) -> None:
    """A plain table, on stdout."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*row)
    data.print(table)


def confirm(question: str, *, flag: str) -> None:
    """Ask on a terminal. Raises StackError where there is none, naming the flag, and when the answer is no."""
    if not sys.stdin.isatty():
        raise StackError(f"{question} There is no terminal to ask on.", f"To say yes: {flag}")
    talk.print(f"{question} [y/N] ", end="", markup=False)
    if input().strip().lower() not in ("y", "yes"):
        raise StackError("Nothing was changed.")


def confirm_name(what: str, name: str, given: str | None) -> None:
    """Have `name` typed before something is destroyed, or given with `--confirm`.

    Raises StackError when it is another name, or there is no terminal to ask on.
    """
    if given is None:
        if not sys.stdin.isatty():
            raise StackError(f"{what} There is no terminal to ask on.", f"To say yes: --confirm {name}")
        talk.print(f"{what} Type {name} to go on: ", end="", markup=False)
        given = input().strip()
    if given != name:
        raise StackError(f"Nothing was deleted: the name is {name!r}, not {given!r}.")

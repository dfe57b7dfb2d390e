"""What stackctl prints: data on stdout, talk on stderr."""

from __future__ import annotations

import getpass
import json
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from pydantic import SecretStr
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from stackctl.checks import Check
from stackctl.errors import CheckFailedError, StackError

PAUSE = 5
"""Seconds between two lines of a long step where there is no terminal."""

REST = 20
"""The columns of a terminal that what stands after a value has, and what is between columns."""

WIDE = 500
"""The columns of a table that no terminal shows: there a row is a line."""

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


class Working:
    """A long step: a spinner on a terminal, a line every few seconds elsewhere. `text` may change while it runs."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin if talk.is_terminal else self._tell, daemon=True)

    def _spin(self) -> None:
        with talk.status(Text(self.text)) as status:
            while not self._ended.wait(0.2):
                status.update(Text(self.text))

    def _tell(self) -> None:
        begun = time.monotonic()
        while not self._ended.wait(PAUSE):
            say(f"  {self.text} ({time.monotonic() - begun:.0f} s)")

    def __enter__(self) -> Working:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()


class Bars:
    """A bar for each image that is built or pulled, on a terminal: the time so far, and what it is at."""

    def __init__(self) -> None:
        image, what = (TextColumn(form, markup=False) for form in ("{task.fields[image]:<12}", "{task.description:.60}"))
        self._progress = Progress(image, BarColumn(24), TimeElapsedColumn(), what, console=talk, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def show(self, image: str, completed: int, total: int | None, what: str) -> None:
        """Set an image's bar. `total` is None while nobody knows it."""
        if image not in self._tasks:
            self._tasks[image] = self._progress.add_task("", image=image, total=None)
        self._progress.update(self._tasks[image], completed=completed, total=total, description=what)

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()


def show_json(value: Any) -> None:
    """`value` as JSON, on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(headers: list[str], rows: list[list[str]]) -> None:
    """A plain table, on stdout."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # a str could have markup in it
    shown = data if data.is_terminal else Console(highlight=False, width=WIDE)
    shown.print(table)


def show_groups(groups: Mapping[str, list[list[str]]]) -> None:
    """Rows below the titles of their groups, on stdout, their columns as wide in all groups.

    A row begins with its mark; what ends with "default" is dim.
    """
    shown = data if data.is_terminal else Console(highlight=False, width=WIDE)
    widths = [max(cell_len(row[column]) for rows in groups.values() for row in rows) for column in range(3)]
    for number, (title, rows) in enumerate(groups.items()):
        shown.print("\n" * bool(number), end="")
        table = Table(title=title, title_style="bold", title_justify="left", box=None, pad_edge=False, show_header=False)
        for width in (1, widths[1], min(widths[2], shown.width - widths[1] - REST)):
            table.add_column(width=width, overflow="fold")
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row), style="red" if row[0] else "dim" if row[-1] == "default" else "")
        shown.print(table)


def show_checks(found: Iterable[Check]) -> None:
    """What was found, a line each with its fix below, on stdout; of a log, the lines that explain it."""
    marks = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}
    for check in found:
        mark, style = marks[check.level]
        data.print(mark, style=style, end=" ")
        data.print(check.message, markup=False)
        if check.level != "ok":
            if check.fix:
                data.print(f"  {check.fix}", markup=False)
            for line in check.detail.splitlines():
                data.print(f"  | {line}", style="dim", markup=False)


def confirm(question: str, *, flag: str, default: bool = False) -> None:
    """Ask on a terminal. Raises CheckFailedError where there is none, naming the flag, and when the answer is no."""
    answers = "[Y/n]" if default else "[y/N]"
    if ask(f"{question} {answers} ", question, f"To say yes: {flag}").lower() not in ("y", "yes", *[""] * default):
        raise CheckFailedError("Nothing was changed.")


def confirm_name(what: str, name: str, given: str | None) -> None:
    """Have `name` typed before something is destroyed, or given with `--confirm`.

    Raises CheckFailedError when it is another name, or there is no terminal to ask on.
    """
    if given is None:
        given = ask(f"{what} Type {name} to go on: ", what, f"To say yes: --confirm {name}")
    if given != name:
        raise CheckFailedError(f"Nothing was deleted: the name is {name!r}, not {given!r}.")


def choose(question: str, answers: Mapping[str, str], hint: str) -> str:
    """One of `answers`, shown with what they mean. Raises CheckFailedError as `ask` does, or for another answer."""
    shown = "".join(f"\n  {answer}: {meaning}" for answer, meaning in answers.items())
    given = ask(f"{question}{shown}\n[{'/'.join(answers)}] ", question, hint).lower()
    if given not in answers:
        raise CheckFailedError("Nothing was changed.")
    return given


def ask(prompt: str, what: str, hint: str) -> str:
    """What is typed. Where there is no terminal: raises CheckFailedError with `what`, and `hint` for what to type there.

    Also raises it for an end of the input, Ctrl-D, which is no answer.
    """
    if not sys.stdin.isatty():
        raise CheckFailedError(f"{what} There is no terminal to ask on.", hint)
    talk.print(prompt, end="", markup=False)
    try:
        return input().strip()
    except EOFError:
        say("")
        raise CheckFailedError("There was no answer. Nothing was changed.") from None


def ask_secret(prompt: str, what: str, hint: str) -> SecretStr:
    """What is typed, without showing it. Raises CheckFailedError as `ask` does."""
    if not sys.stdin.isatty():
        raise CheckFailedError(f"{what} There is no terminal to ask on.", hint)
    return SecretStr(getpass.getpass(prompt).strip())

"""What stackctl prints and asks: data on stdout, messages and questions on stderr."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from contract.printable import is_safe, printable
from stackctl.errors import CheckFailedError, StackError
from stackctl.ui import tables
from stackctl.ui.check import Check
from stackctl.ui.command import typeable

if TYPE_CHECKING:
    from pydantic import SecretStr
    from rich.progress import TaskID

PAUSE = 5
"""Seconds between two lines of a long step without a terminal."""

ROOM = 12
"""Columns for the answer after a question."""

WIDE = 500
"""Columns of a table that does not go to a terminal, where each row is one line."""


class Printable(Console):
    """A console that escapes control characters: names, labels and logs come from people who may be hostile."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=printable(segment.text))


talk = Printable(stderr=True, highlight=False, soft_wrap=True, emoji=False)
data = Printable(highlight=False, soft_wrap=True, emoji=False)


def say(text: str) -> None:
    """Print a message."""
    _print(talk, text)


def done(text: str) -> None:
    """Print a success."""
    _print(talk, text, "✓", "green")


def warn(text: str) -> None:
    """Print a warning, after which the command continues."""
    _print(talk, text, "!", "yellow")


def fail(error: StackError) -> None:
    """Print the last log lines, what failed, and what to do next."""
    if error.detail:
        talk.print(error.detail.rstrip(), style="dim", markup=False)
        say("")
    _print(talk, error.message, "error:", "bold red")
    if error.hint:
        say("")
        _print(talk, error.hint, "hint:", "bold")


def _print(shown: Console, text: str, mark: str = "", style: str = "") -> None:
    """Print `text` after a mark. A terminal gets lines that are broken between words and indented like their first one."""
    for number, line in enumerate(typeable(text).split("\n")):
        start = f"{mark} " if mark and not number else ""
        body = line if start else line.lstrip(" ")
        indent = cell_len(start) or len(line) - len(body)
        for at, piece in enumerate(_pieces(shown, body, indent)):
            shown.print(Text.assemble((start, style) if start and not at else " " * indent, piece))


def _pieces(shown: Console, text: str, indent: int) -> Iterator[Text]:
    if not shown.is_terminal:
        yield Text(text)
        return
    for piece in Text(text).wrap(shown, max(shown.width - indent, 20)):
        piece.rstrip()
        yield piece


class Working:
    """A long step: a spinner on a terminal, otherwise a line every few seconds. `text` may change meanwhile."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._spin if talk.is_terminal else self._report, daemon=True)

    def _spin(self) -> None:
        with talk.status(Text(self.text)) as status:
            while not self._ended.wait(0.2):
                status.update(Text(self.text))

    def _report(self) -> None:
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
    """A progress bar for each image that is built or pulled, on a terminal: the time so far, and the current step."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        image, step = (TextColumn(form, markup=False) for form in ("{task.fields[image]:<12}", "{task.description:.60}"))
        self._progress = Progress(image, BarColumn(24), TimeElapsedColumn(), step, console=talk, transient=True)
        self._tasks: dict[str, TaskID] = {}

    def show(self, image: str, completed: int, total: int | None, step: str) -> None:
        """Set an image's bar. `total` is None while it is unknown."""
        if image not in self._tasks:
            self._tasks[image] = self._progress.add_task("", image=image, total=None)
        self._progress.update(self._tasks[image], completed=completed, total=total, description=step)

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()


def show(text: str) -> None:
    """Print text on stdout."""
    _print(data, text)


def show_json(value: Any) -> None:
    """Print `value` as JSON on stdout, Chinese as it is, and control characters as JSON escapes them."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    print("".join(char if is_safe(char) else f"\\u{ord(char):04x}" for char in text))


def show_table(headers: list[str], rows: list[list[str]]) -> None:
    """Print a plain table on stdout. On a terminal, cells are wrapped between words."""
    from rich.table import Table

    shown = _on_stdout()
    rows = [[printable(typeable(cell)) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header, width in zip(headers, tables.widths([headers, *rows], shown.width), strict=True):
        table.add_column(header, width=width, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # as Text: they may contain rich's markup
    shown.print(table)


def show_groups(groups: Mapping[str, list[list[str]]]) -> None:
    """Print rows below the titles of their groups on stdout, with the same column widths in all groups.

    A row has a mark, a name, a value and a note; rows with the note "default" are dim.
    """
    from rich.table import Table

    shown = _on_stdout()
    widths = tables.widths([row for rows in groups.values() for row in rows], shown.width)
    for number, (title, rows) in enumerate(groups.items()):
        shown.print("\n" * bool(number), end="")
        table = Table(title=title, title_style="bold", title_justify="left", box=None, pad_edge=False, show_header=False)
        for width in widths:
            table.add_column(width=width, overflow="fold")
        for row in rows:
            table.add_row(*map(Text, row), style="red" if row[0] else "dim" if row[-1] == "default" else "")
        shown.print(table)


def _on_stdout() -> Console:
    return data if data.is_terminal else Printable(highlight=False, width=WIDE, emoji=False)


def show_checks(checks: Iterable[Check]) -> None:
    """Print findings on stdout, each with its fix and the log lines that explain it."""
    marks = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "red")}
    for check in checks:
        _print(data, check.message, *marks[check.level])
        if check.level != "ok":
            if check.fix:
                _print(data, f"  {check.fix}")
            for line in check.detail.splitlines():
                data.print(f"  | {line}", style="dim", markup=False)


def confirm(question: str, *, flag: str, default: bool = False) -> None:
    """Ask until the answer is yes or no. Raises CheckFailedError for no, and without a terminal, naming the option."""
    yes, no = ("y", "yes", *[""] * default), ("n", "no", *[""] * (not default))
    answers = "[Y/n]" if default else "[y/N]"
    while (answer := ask(f"{question} {answers} ", question, f"Pass {flag}.").lower()) not in yes + no:
        warn(f"Answer y or n, not {answer!r}.")
    if answer in no:
        raise CheckFailedError("Nothing was changed.")


def confirm_name(consequence: str, name: str, answer: str | None) -> None:
    """Ask for `name` before something is deleted. `answer`: the value of --confirm.

    Raises CheckFailedError for a different name, and without a terminal.
    """
    if answer is None:
        answer = ask(f"{consequence} Type {name} to confirm: ", consequence, f"Pass --confirm {name}.")
    if answer != name:
        raise CheckFailedError(f"Nothing was deleted: the name is {name!r}, not {answer!r}.")


def choose(question: str, answers: Mapping[str, str], hint: str) -> str:
    """Ask until the answer is one of `answers`, which have explanations. Raises CheckFailedError as `ask` does."""
    explained = "".join(f"\n  {answer}: {meaning}" for answer, meaning in answers.items())
    prompt, short = f"{question}{explained}\n", f"[{'/'.join(answers)}] "
    while (answer := ask(prompt + short, question, hint).lower()) not in answers:
        warn(f"Answer {' or '.join(answers)}, not {answer!r}. Ctrl-C changes nothing.")
        prompt = ""
    return answer


def ask(prompt: str, message: str, hint: str) -> str:
    """The answer typed on the terminal. `message`, `hint`: of the error without a terminal.

    Raises CheckFailedError without a terminal, and for Ctrl-D, which is no answer.
    """
    if not sys.stdin.isatty():
        raise CheckFailedError(f"{message} Can't prompt: not a terminal.", hint)
    question = prompt.rstrip()
    *lines, last = question.split("\n")
    *pieces, end = (piece.plain for piece in _pieces(talk, last, ROOM))
    for line in [*lines, *pieces]:
        say(line)
    talk.print(end + prompt[len(question) :], end="", markup=False)
    try:
        return input().strip()
    except EOFError:
        say("")
        raise CheckFailedError("There was no answer. Nothing was changed.") from None


def ask_secret(prompt: str, message: str, hint: str) -> SecretStr:
    """The answer typed on the terminal, which does not show it. Raises CheckFailedError as `ask` does."""
    if not sys.stdin.isatty():
        raise CheckFailedError(f"{message} Can't prompt: not a terminal.", hint)
    import getpass

    from pydantic import SecretStr

    return SecretStr(getpass.getpass(prompt).strip())

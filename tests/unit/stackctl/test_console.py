"""Questions: without a terminal none is asked, and the error names the flag."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from stackctl import console
from stackctl.errors import StackError


class Terminal(io.StringIO):
    """A keyboard with what will be typed on it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\nstackhub\n"))


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(text))


def test_what_others_have_written_is_no_markup(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(console, "talk", Console(file=screen, force_terminal=True, width=120))
    with console.Bars() as bars:
        bars.show("base", 1, 2, "RUN sed 's/[/]/[red]/'")
    assert "RUN sed 's/[/]/[red]/'" in screen.getvalue()
    console.show_table(["A"], [["[/] a [red] title"]])
    assert "[/] a [red] title" in capfd.readouterr().out


def test_confirm_without_a_terminal_names_the_flag(no_terminal: None) -> None:
    with pytest.raises(StackError) as caught:
        console.confirm("Install them?", flag="--yes")
    assert caught.value.message == "Install them? There is no terminal to ask on."
    assert caught.value.hint == "To say yes: --yes"


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", " y \n"])
def test_confirm_takes_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    typed(monkeypatch, answer)
    console.confirm("Install them?", flag="--yes")


@pytest.mark.parametrize("answer", ["\n", "n\n", "what\n"])
def test_anything_else_changes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    typed(monkeypatch, answer)
    with pytest.raises(StackError, match=r"Nothing was changed\."):
        console.confirm("Install them?", flag="--yes")


def test_confirm_name_without_a_terminal_names_flag_and_name(no_terminal: None) -> None:
    with pytest.raises(StackError) as caught:
        console.confirm_name("This deletes all.", "stackhub", None)
    assert caught.value.message == "This deletes all. There is no terminal to ask on."
    assert caught.value.hint == "To say yes: --confirm stackhub"


def test_confirm_name_takes_the_name_given_or_typed(monkeypatch: pytest.MonkeyPatch, no_terminal: None) -> None:
    console.confirm_name("This deletes all.", "stackhub", "stackhub")
    typed(monkeypatch, "stackhub\n")
    console.confirm_name("This deletes all.", "stackhub", None)


@pytest.mark.parametrize("wrong", ["", "StackHub", "stack", "yes"])
def test_confirm_name_refuses_another_name(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    message = f"Nothing was deleted: the name is 'stackhub', not {wrong!r}."
    with pytest.raises(StackError) as given:
        console.confirm_name("This deletes all.", "stackhub", wrong)
    typed(monkeypatch, f"{wrong}\n")
    with pytest.raises(StackError) as answered:
        console.confirm_name("This deletes all.", "stackhub", None)
    assert given.value.message == answered.value.message == message


def test_talk_goes_to_stderr_and_markup_in_it_is_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "talk", Console(stderr=True, highlight=False, soft_wrap=True))
    console.fail(StackError("It [red]failed[/red].", "Do [this].", detail="[last] lines"))
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == "[last] lines\n\nerror: It [red]failed[/red].\n\nhint: Do [this].\n"

"""What stackctl prints and asks; without a terminal it asks nothing, and the error names the option."""

from __future__ import annotations

import io
import re
import sys

import pytest
from rich.console import Console

from stackctl.errors import StackError
from stackctl.ui import console
from stackctl.ui.check import Check


class Terminal(io.StringIO):
    """A keyboard with what will be typed on it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\nstackhub\n"))


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(text))


def test_text_from_elsewhere_is_not_markup(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert caught.value.message == "Install them? Can't prompt: not a terminal."
    assert caught.value.hint == "Pass --yes."


@pytest.mark.parametrize("answer", ["y\n", "Yes\n", " y \n"])
def test_confirm_accepts_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    typed(monkeypatch, answer)
    console.confirm("Install them?", flag="--yes")


def test_a_stray_word_is_asked_again_and_throws_nothing_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "what\nyes\n")
    console.confirm("Write this?", flag="--yes", default=True)
    assert "Answer y or n, not 'what'." in capsys.readouterr().err
    typed(monkeypatch, "neither\nother\n")
    assert console.choose("Has it moved?", {"same": "it has", "other": "it has not"}, "") == "other"
    assert "Answer same or other, not 'neither'. Ctrl-C changes nothing." in capsys.readouterr().err


@pytest.mark.parametrize("answer", ["\n", "n\n", "NO\n"])
def test_a_no_changes_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    typed(monkeypatch, answer)
    with pytest.raises(StackError, match=r"Nothing was changed\."):
        console.confirm("Install them?", flag="--yes")


def test_confirm_name_without_a_terminal_names_flag_and_name(no_terminal: None) -> None:
    with pytest.raises(StackError) as caught:
        console.confirm_name("This deletes all.", "stackhub", None)
    assert caught.value.message == "This deletes all. Can't prompt: not a terminal."
    assert caught.value.hint == "Pass --confirm stackhub."


def test_confirm_name_accepts_the_name_as_option_or_typed(monkeypatch: pytest.MonkeyPatch, no_terminal: None) -> None:
    console.confirm_name("This deletes all.", "stackhub", "stackhub")
    typed(monkeypatch, "stackhub\n")
    console.confirm_name("This deletes all.", "stackhub", None)


@pytest.mark.parametrize("wrong", ["", "StackHub", "stack", "yes"])
def test_confirm_name_refuses_a_different_name(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    message = f"Nothing was deleted: the name is 'stackhub', not {wrong!r}."
    with pytest.raises(StackError) as given:
        console.confirm_name("This deletes all.", "stackhub", wrong)
    typed(monkeypatch, f"{wrong}\n")
    with pytest.raises(StackError) as answered:
        console.confirm_name("This deletes all.", "stackhub", None)
    assert given.value.message == answered.value.message == message


def test_messages_go_to_stderr_and_markup_in_them_is_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "talk", Console(stderr=True, highlight=False, soft_wrap=True))
    console.fail(StackError("It [red]failed[/red].", "Do [this].", detail="[last] lines"))
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == "[last] lines\n\nerror: It [red]failed[/red].\n\nhint: Do [this].\n"


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal of 40 columns shows."""
    shown = io.StringIO()
    for name in ("talk", "data"):
        terminal = Console(file=shown, force_terminal=True, no_color=True, width=40, highlight=False, soft_wrap=True)
        monkeypatch.setattr(console, name, terminal)
    return shown


def plain(screen: io.StringIO) -> list[str]:
    return [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", screen.getvalue()).splitlines()]


def test_a_terminal_gets_lines_broken_between_words(screen: io.StringIO) -> None:
    console.fail(StackError("The certificate of the server has expired.\n       And so has its CA's own certificate."))
    console.show_checks([Check("warn", "People see a warning of their browsers.", "Renew it: certbot renew, every month.")])
    assert plain(screen) == [
        "error: The certificate of the server has",
        "       expired.",
        "       And so has its CA's own",
        "       certificate.",
        "! People see a warning of their",
        "  browsers.",
        "  Renew it: certbot renew, every month.",
    ]


def test_a_table_fits_the_terminal_and_breaks_no_word(screen: io.StringIO) -> None:
    rows = [["base", "JupyterLab with Python and the usual packages", "available"], ["r", "R", "in use"]]
    console.show_table(["IMAGE", "DESCRIPTION", "STATUS"], rows)
    assert plain(screen) == [
        "IMAGE  DESCRIPTION             STATUS",
        "base   JupyterLab with Python  available",
        "       and the usual packages",
        "r      R                       in use",
    ]


def test_a_long_question_leaves_room_for_the_answer(screen: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "stackhub\n")
    console.confirm_name("This deletes the stack and all files.", "stackhub", None)
    typed(monkeypatch, "\n")
    assert console.ask("\nTitle:\n[JupyterHub] ", "", "") == ""
    assert plain(screen) == [
        "This deletes the stack and",
        "all files. Type stackhub to",
        "confirm:",
        "Title:",
        "[JupyterHub]",
    ]


def test_settings_fit_the_terminal(screen: io.StringIO) -> None:
    console.show_groups(
        {"names": [["", "STACK_TITLE", "Data Lab of the Institute", ".env line 2"], ["✗", "A", "b", "default"]]}
    )
    assert plain(screen) == [
        "names",
        "   STACK_TITLE  Data Lab of  .env line 2",
        "                the",
        "                Institute",
        "✗  A            b            default",
    ]


def test_a_command_in_a_table_that_is_typed_in_another_way_is_not_broken(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "typeable", lambda text: text.replace("stackctl", "/a/longer/path/to/stackctl"))
    console.show_table(["STATE"], [["stackctl images pull elsewhere"]])
    assert capfd.readouterr().out.splitlines()[1:] == ["/a/longer/path/to/stackctl images pull elsewhere"]

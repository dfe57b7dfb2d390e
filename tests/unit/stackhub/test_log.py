"""The hub's log with what users can put into it."""

from __future__ import annotations

import logging

from stackhub.log import MAX_LINE, MAX_LINES, PrintableFormatter


def written(message: str, **more: object) -> str:
    record = logging.makeLogRecord({"msg": message, "levelno": logging.INFO, "levelname": "INFO", **more})
    return PrintableFormatter(color=False, fmt="%(message)s").format(record)


def test_control_characters_are_escaped() -> None:
    assert written("server \x1b]0;title\x07 of \x9b31m李雷\u202e") == r"server \x1b]0;title\x07 of \x9b31m李雷\u202e"


def test_a_second_line_does_not_look_like_a_record() -> None:
    assert written("name\n[I 12:00] User logged in: root") == "name\n    [I 12:00] User logged in: root"


def test_long_lines_are_cut() -> None:
    line = written("x" * 12_000_000)
    assert len(line) < MAX_LINE + 50
    assert line.endswith("… (12000000 characters)")


def test_the_ends_of_a_long_traceback_stay() -> None:
    lines = written("first\n" + "middle\n" * 1_000_000 + "last").split("\n")
    assert len(lines) == MAX_LINES + 1
    assert (lines[0], lines[-1].strip()) == ("first", "last")

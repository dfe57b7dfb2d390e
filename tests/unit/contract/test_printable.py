"""Text of others does nothing to a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.printable import printable


@pytest.mark.parametrize("text", ["alice", "爱丽丝", "two\nlines\tand a tab", "naïve – “quoted” 👍🏽", ""])
def test_text_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\rb\bc\x00\x7f", r"a\rb\x08c\x00\x7f"),
        ("\u202eexe.txt", r"\u202eexe.txt"),
        ("a\u2028b\u2029c\x85", r"a\u2028b\u2029c\x85"),
        ("\ud800", r"\ud800"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_it_is(text: str) -> None:
    shown = printable(text)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in "\n\t"]
    assert printable(shown) == shown
    shown.encode()

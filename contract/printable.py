"""Text of others, made safe to print: on a terminal, in a log, in a label."""

from __future__ import annotations

import unicodedata

UNSAFE = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of control characters, halves of pairs, and separators of lines and paragraphs."""

KEPT = "\n\t"

DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that change the order in which text is shown: https://www.unicode.org/reports/tr9/"""


def printable(text: str) -> str:
    """Text in which control characters, other than line ends and tabs, are escaped as Python does: `\\x1b[2J`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if is_safe(char) else char.encode("unicode_escape").decode() for char in text)


def is_safe(char: str) -> bool:
    """Whether a character only shows something, or ends a line."""
    return char in KEPT or not (unicodedata.category(char) in UNSAFE or char in DIRECTIONS)

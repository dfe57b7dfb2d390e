"""How a value stands in .env so that Compose, stackctl and bin/venv.sh read the same.

Compose has a reader of its own. It puts variables in place of `$`, and has its own way with backslashes and blanks before
a comment.
https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import io
import re

from dotenv.parser import Binding, parse_stream

from stackctl.errors import StackError

ALIKE = re.compile(
    r"""\s*(export[ \t]+)?\w+[ \t]*=[ \t]*
    (?:
        (?:'(?:[^'\\\n]|\\[^\\\n])*' | "[^"\\$\n]*") [ \t]* (?:\#[^\n]*)?
      | [^\s$'"\#](?:[^\s$]|[ \t]+[^\s$\#])* (?:[ \t]*[ ]\#[^\n]*|[ \t]*)
    )?\n?""",
    re.VERBOSE,
)
"""A line that has one meaning, whoever reads it: tests/dotenv_table.py has examples, which Compose itself is tried on."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def better(binding: Binding) -> str | None:
    """None for a setting's line that has one meaning, else what to write in its place; "" when there is no way to."""
    line = binding.original.string
    if ALIKE.fullmatch(line) and not CONTROL.search(line):
        return None
    value = re.sub(CONTROL, "", binding.value or "").replace(r"\$", "$")
    try:
        return f"{binding.key}={quoted(str(binding.key), value)}"
    except StackError:
        return ""


def quoted(name: str, value: str) -> str:
    """`value` as Compose, python-dotenv and bin/venv.sh all read it: plain, or in single quotes, which keep `$` and `#`.

    Raises StackError for one that cannot be written there.
    """
    if re.fullmatch(r"[\w./:@%+,=~-]*", value, re.ASCII):
        return value
    written = "'" + value.replace("'", r"\'") + "'"
    read = next(parse_stream(io.StringIO(f"{name}={written}\n")))
    if read.value != value or not ALIKE.fullmatch(read.original.string) or CONTROL.search(value):
        raise StackError(
            f"{name}={value!r} cannot be written into .env.", "Leave out line ends, and backslashes before quotes."
        )
    return written

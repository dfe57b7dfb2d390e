"""Quoting of values in .env so that Compose, stackctl and bin/venv.sh read the same.

Compose has its own parser. It replaces `$` by variables, and treats backslashes and blanks before a comment differently.
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
"""A line with one meaning for every reader; examples: tests/support/dotenv_table.py."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def better(binding: Binding) -> str | None:
    """None for a line that every reader understands the same; otherwise a line that they do, "" if there is none."""
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

    Raises StackError for a value that .env cannot hold.
    """
    if re.fullmatch(r"[\w./:@%+,=~-]*", value, re.ASCII):
        return value
    written = "'" + value.replace("'", r"\'") + "'"
    read = next(parse_stream(io.StringIO(f"{name}={written}\n")))
    if read.value != value or not ALIKE.fullmatch(read.original.string) or CONTROL.search(value):
        raise StackError(
            f"{name}={value!r} cannot be written to .env.", "Remove line breaks, and backslashes before quotes."
        )
    return written

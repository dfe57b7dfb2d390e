""".env, changed in place.

python-dotenv's own `set_key` quotes everything, drops what stands after the value and the mark at the start of a file from
Windows, and knows no commented-out line to write beside; only its parser is used here.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import parse_stream

from stackctl import files, settings
from stackctl.errors import CheckFailedError, StackError
from stackctl.settings import Settings

MARK = "\ufeff"
BLANK = r"[^\S\r\n]*"


def preview(root: Path, values: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings as `put` would leave them.

    Raises CheckFailedError when a value is not allowed, or when the environment has another, which wins over .env.
    """
    for name, value in values.items():
        if environ.get(name, value) not in ("", value):
            raise CheckFailedError(f"{name} is set in the environment, which wins over .env.", f"Unset it: unset {name}")
    return settings.load(root, {**environ, **values})


def put(root: Path, values: Mapping[str, str]) -> bool:
    """Write `values` into `root`/.env, all or none; whether anything changed. Every other line stays as it is.

    Raises StackError when the file cannot be written.
    """
    path = (root / ".env").resolve()  # a link stays one
    try:
        old = path.read_bytes().decode() if path.exists() else ""
        new = old
        for name, value in values.items():
            new = with_value(new, name, value)
        if new != old:
            files.replace(path, new)
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(
            f".env cannot be changed: {getattr(error, 'strerror', None) or error}.",
            "Use sudo, or write it there yourself: " + _lines(values),
        ) from error
    return new != old


def with_value(text: str, name: str, value: str) -> str:
    """A .env file's text with `name` set to `value`: where it is set, else below its commented-out line, else at the end.

    Raises StackError for a value that cannot be written there.
    """
    mark, text = (MARK, text[1:]) if text.startswith(MARK) else ("", text)
    end = "\r\n" if "\r\n" in text else "\n"
    parts = list(parse_stream(io.StringIO(text, newline="")))
    settings_of_it = [number for number, part in enumerate(parts) if part.key == name]
    if settings_of_it and (parts[settings_of_it[-1]].value or "") == value:
        return mark + text
    line = f"{name}={quoted(name, value)}"
    if settings_of_it:  # the last one counts
        written = [part.original.string for part in parts]
        written[settings_of_it[-1]] = _with_other_value(written[settings_of_it[-1]], line)
        new = "".join(written)
    elif commented := list(re.finditer(rf"^{BLANK}#{BLANK}{name}{BLANK}=[^\r\n]*(\r?\n|\Z)", text, re.MULTILINE)):
        at = commented[-1].end()
        new = f"{_ended(text[:at], end)}{line}{end}{text[at:]}"
    else:
        new = f"{_ended(text, end)}{line}{end}"
    return mark + new


def quoted(name: str, value: str) -> str:
    """`value` as Compose, python-dotenv and bin/venv.sh all read it: plain, or in single quotes, which keep `$` and `#`.

    https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
    """
    if re.fullmatch(r"[\w./:@%+,=~-]*", value, re.ASCII):
        return value
    written = "'" + value.replace("'", r"\'") + "'"
    read = next(parse_stream(io.StringIO(f"{name}={written}\n")))
    if read.error or read.value != value or "\n" in value or "\r" in value:
        raise StackError(
            f"{name}={value!r} cannot be written into .env.", "Leave out line ends, and backslashes before quotes."
        )
    return written


def _with_other_value(binding: str, line: str) -> str:
    """One setting's own text, with another value; what stands before it and after it stays."""
    name, _, value = line.partition("=")
    found = re.fullmatch(
        rf"(\s*(?:export{BLANK}\s)?{BLANK}'?{name}'?{BLANK}={BLANK})"
        rf"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\r\n]*?)"""
        rf"({BLANK}(?:[^\S\r\n]\#[^\r\n]*)?(?:\r?\n|\r)?)",
        binding,
        re.DOTALL,
    )
    return f"{found[1]}{value}{found[2]}" if found else f"{line}\n"


def _ended(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def _lines(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={quoted(name, value)}" for name, value in values.items())

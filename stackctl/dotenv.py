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

from dotenv.parser import Binding, parse_stream

from stackctl import files, settings
from stackctl.env_form import better, quoted
from stackctl.errors import CheckFailedError, StackError
from stackctl.given import MARK, text_of
from stackctl.settings import DEFAULTS, Settings

BLANK = r"[^\S\r\n]*"


def preview(root: Path, values: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings as `put` would leave them.

    Raises CheckFailedError when a value is not allowed, when the environment has another, which wins over .env, or when
    .env cannot be changed.
    """
    for name, value in values.items():
        if environ.get(name, value) not in ("", value):
            raise CheckFailedError(f"{name} is set in the environment, which wins over .env.", f"Unset it: unset {name}")
    found = settings.load(root, {**environ, **values})
    files.must_be_changeable(root / ".env", ".env")
    return found


def put(root: Path, values: Mapping[str, str | None]) -> bool:
    """Write `values` into `root`/.env, all or none, None for the default; whether anything changed.

    Every other line stays as it is. Raises StackError when the file cannot be written.
    """
    path = (root / ".env").resolve()  # a link stays one
    try:
        old = text_of(root / ".env")
        new = edited(old, values)
        if new != old:
            files.replace(path, new)
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(
            f".env cannot be changed: {getattr(error, 'strerror', None) or error}.",
            "Use sudo, or write it there yourself: " + _lines(values),
        ) from error
    return new != old


def groups(root: Path) -> dict[str, list[str]]:
    """The settings as .env.example groups them, by the groups' titles; all of them also where it lacks some."""
    found: dict[str, list[str]] = {}
    for title, name in re.findall(r"^# (?:--- (.+) ---|([A-Z_]+)=.*)$", text_of(root / ".env.example"), re.MULTILINE):
        if title:
            found[title] = []
        elif found and name in DEFAULTS:
            found[list(found)[-1]].append(name)
    missing = DEFAULTS.keys() - {name for names in found.values() for name in names}
    return found | ({"settings": [name for name in DEFAULTS if name in missing]} if missing else {})


def edited(text: str, values: Mapping[str, str | None]) -> str:
    """A .env file's text with other values. Raises StackError for one that cannot be written there."""
    for name, value in values.items():
        text = without(text, name) if value is None else with_value(text, name, value)
    return text


def with_value(text: str, name: str, value: str) -> str:
    """A .env file's text with `name` set to `value`: where it is set, else in place of .env.example's line of its default,
    else below its commented-out line, else at the end.

    Raises StackError for a value that cannot be written there.
    """
    mark, parts, places = _parsed(text, name)
    text = text.removeprefix(mark)
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{name}={quoted(name, value)}"
    if places:  # the last one counts
        last = parts[places[-1]]
        if (last.value or "") != value or better(last) is not None:
            written = [part.original.string for part in parts]
            written[places[-1]] = _with_other_value(written[places[-1]], line)
            text = "".join(written)
    elif commented := list(re.finditer(rf"^{BLANK}#{BLANK}{name}{BLANK}=([^\r\n]*)(\r?\n|\Z)", text, re.MULTILINE)):
        found = commented[-1]
        at = found.start() if found[1].strip() == DEFAULTS.get(name) else found.end()
        text = f"{_ended(text[:at], end)}{line}{end}{text[found.end() :]}"
    else:
        text = f"{_ended(text, end)}{line}{end}"
    return mark + text


def without(text: str, name: str) -> str:
    """A .env file's text that leaves `name` at its default: as in .env.example, in place of each line that sets it."""
    mark, parts, places = _parsed(text, name)
    written = [part.original.string for part in parts]
    for place in places:
        start = re.match(r"\s*", written[place])
        blank = start[0] if start else ""
        written[place] = f"{blank}# {_with_other_value(written[place][len(blank) :], f'{name}={DEFAULTS[name]}')}"
    return mark + "".join(written)


def _parsed(text: str, name: str) -> tuple[str, list[Binding], list[int]]:
    """A .env file's mark, what it says, and which of that sets `name`."""
    mark, text = (MARK, text[1:]) if text.startswith(MARK) else ("", text)
    parts = list(parse_stream(io.StringIO(text, newline="")))
    return mark, parts, [number for number, part in enumerate(parts) if part.key == name]


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


def _lines(values: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name}={quoted(name, value or DEFAULTS[name])}" for name, value in values.items())

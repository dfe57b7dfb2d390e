""".env, edited in place.

This uses only python-dotenv's parser: its `set_key` quotes everything, drops comments after the value and the byte order
mark of files from Windows, and ignores commented-out lines.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from stackctl.checkout import files, secrets
from stackctl.errors import StackError
from stackctl.settings.model import DEFAULTS
from stackctl.settings.quoting import better, quoted
from stackctl.settings.source import MARK, read_text

BLANK = r"[^\S\r\n]*"


def put(root: Path, values: Mapping[str, str | None]) -> bool:
    """Write `values` to `root`/.env atomically, None for the default. Returns whether anything changed.

    All other lines stay the same. A new file, and one with a password in it, only its owner can read. Raises StackError
    when the file cannot be written.
    """
    path = (root / ".env").resolve()  # a link stays a link
    try:
        old = read_text(root / ".env")
        new = edited(old, values)
        if new != old:
            files.replace(path, new, private=not path.exists() or secrets.has_password(new))
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(
            f".env cannot be changed: {getattr(error, 'strerror', None) or error}.",
            "Use sudo, or edit it yourself: " + _lines(values),
        ) from error
    return new != old


def sections_of(root: Path) -> dict[str, list[str]]:
    """The names of all settings by .env.example's section titles; those it lacks are in a last section."""
    sections: dict[str, list[str]] = {}
    for title, name in re.findall(r"^# (?:--- (.+) ---|([A-Z_]+)=.*)$", read_text(root / ".env.example"), re.MULTILINE):
        if title:
            sections[title] = []
        elif sections and name in DEFAULTS:
            sections[list(sections)[-1]].append(name)
    missing = DEFAULTS.keys() - {name for names in sections.values() for name in names}
    return sections | ({"settings": [name for name in DEFAULTS if name in missing]} if missing else {})


def edited(text: str, values: Mapping[str, str | None]) -> str:
    """A .env file's text with different values, None for the default. Raises StackError for one that .env cannot hold."""
    for name, value in values.items():
        text = without(text, name) if value is None else with_value(text, name, value)
    return text


def with_value(text: str, name: str, value: str) -> str:
    """A .env file's text with `name` set to `value`: where it is already set, or instead of .env.example's line with its
    default, or below its commented-out line, or at the end.

    Raises StackError for a value that .env cannot hold.
    """
    mark, parts, places = _parsed(text, name)
    text = text.removeprefix(mark)
    end = "\r\n" if "\r\n" in text else "\n"
    line = f"{name}={quoted(name, value)}"
    if places:  # the last one is in effect
        last = parts[places[-1]]
        if (last.value or "") != value or better(last) is not None:
            written = [part.original.string for part in parts]
            written[places[-1]] = _with_other_value(written[places[-1]], line)
            text = "".join(written)
    elif commented := list(re.finditer(rf"^{BLANK}#{BLANK}{name}{BLANK}=([^\r\n]*)(\r?\n|\Z)", text, re.MULTILINE)):
        comment = commented[-1]
        at = comment.start() if comment[1].strip() == DEFAULTS.get(name) else comment.end()
        text = f"{_ended(text[:at], end)}{line}{end}{text[comment.end() :]}"
    else:
        text = f"{_ended(text, end)}{line}{end}"
    return mark + text


def without(text: str, name: str) -> str:
    """A .env file's text with `name` at its default: .env.example's line instead of each line that sets it."""
    mark, parts, places = _parsed(text, name)
    written = [part.original.string for part in parts]
    for place in places:
        start = re.match(r"\s*", written[place])
        blank = start[0] if start else ""
        written[place] = f"{blank}# {_with_other_value(written[place][len(blank) :], f'{name}={DEFAULTS[name]}')}"
    return mark + "".join(written)


def _parsed(text: str, name: str) -> tuple[str, list[Binding], list[int]]:
    """A .env file's byte order mark, its parts, and the indices of those that set `name`."""
    mark, text = (MARK, text[1:]) if text.startswith(MARK) else ("", text)
    parts = list(parse_stream(io.StringIO(text, newline="")))
    return mark, parts, [number for number, part in enumerate(parts) if part.key == name]


def _with_other_value(binding: str, line: str) -> str:
    """One setting's text with a different value; what is before and after the value stays."""
    name, _, value = line.partition("=")
    parts = re.fullmatch(
        rf"(\s*(?:export{BLANK}\s)?{BLANK}'?{name}'?{BLANK}={BLANK})"
        rf"""(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\r\n]*?)"""
        rf"({BLANK}(?:[^\S\r\n]\#[^\r\n]*)?(?:\r?\n|\r)?)",
        binding,
        re.DOTALL,
    )
    return f"{parts[1]}{value}{parts[2]}" if parts else f"{line}\n"


def _ended(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def _lines(values: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name}={quoted(name, value or DEFAULTS[name])}" for name, value in values.items())

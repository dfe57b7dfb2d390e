"""Entries put into the catalogue's file and taken out of it, as text: comments, order and form of the rest stay. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stackctl import yaml_file
from stackctl.catalogue import IMAGES
from stackctl.errors import CheckFailedError

BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line in YAML."""


def add(
    text: str,
    name: str,
    reference: str,
    title: str,
    *,
    description: str = "",
    groups: Sequence[str] = (),
    default: bool = False,
) -> str:
    """`text` with an entry for an image that is pulled, below the last one.

    Raises CheckFailedError where that file is not written one entry below the other.
    """
    lines, file = _lines(text), yaml_file.parse(text, IMAGES)
    last = _services(file)[-1]
    indent = _indent(lines[file.line("services", last) - 1])
    if not indent:
        hint = "Add the image by hand: docs/images.md"
        raise CheckFailedError(f"{IMAGES} has another form than stackctl can write.", hint)
    made = [(1, f"{name}:"), (2, "profiles: [singleuser]"), (2, f"image: {reference}"), (2, "x-notebook:")]
    made += [(3, line) for line in _said(title, description, groups, default)]
    end = _line_end(text)
    at = _after(lines, file, last)
    before = [*lines[: at - 1], _whole(lines[at - 1], end)]
    return "".join([*before, end, *(indent * depth + line + end for depth, line in made), *lines[at:]])


def _said(title: str, description: str, groups: Sequence[str], default: bool) -> list[str]:
    said = [f"title: {yaml_file.scalar(title)}"]
    if description:
        said.append(f"description: {yaml_file.scalar(description)}")
    if groups:
        said.append(f"groups: [{', '.join(map(_in_list, groups))}]")
    return said + (["default: true"] if default else [])


def _in_list(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][\w/.-]*", text) and yaml_file.scalar(text) == text else f'"{text}"'


def remove(text: str, name: str) -> str:
    """`text` without an entry, the comment directly above it, and the empty line that sets it off."""
    lines, file = _lines(text), yaml_file.parse(text, IMAGES)
    first, end = file.line("services", name) - 1, _after(lines, file, name)
    indent = _indent(lines[first])
    while first and re.match(rf"{indent}#", lines[first - 1]):
        first -= 1
    if _services(file)[0] != name:
        first -= not lines[first - 1].strip()
    elif end < len(lines):
        end += not lines[end].strip()
    return "".join(lines[:first] + lines[end:])


def _services(file: yaml_file.YamlFile) -> list[str]:
    return [keys[1] for keys in file.lines if len(keys) == 2 and keys[0] == "services"]


def _lines(text: str) -> list[str]:
    """Every line with what ends it."""
    ends = [found.end() for found in BREAK.finditer(text)]
    starts = [0, *ends]
    return [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True) if start < end]


def _after(lines: list[str], file: yaml_file.YamlFile, name: str) -> int:
    """The number of lines up to the end of an entry: what stands deeper below it is its own, comments too."""
    first = file.line("services", name)
    indent, end = len(_indent(lines[first - 1])), first
    for number, line in enumerate(lines[first:], first + 1):
        if len(_indent(line)) > indent and line.strip():
            end = number
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return end


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _line_end(text: str) -> str:
    found = BREAK.search(text)
    return found[0] if found else "\n"


def _whole(line: str, end: str) -> str:
    return line if BREAK.search(line) else line + end

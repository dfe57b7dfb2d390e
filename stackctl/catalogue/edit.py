"""Changes to the operator's files of images and sizes, as text: comments, order and layout of all the rest stay. Pure.

By hand, because ruamel.yaml's round trip loses the comment that follows a removed entry, moves empty lines and comments
at the ends of lines, and writes another indentation and other line ends than the file has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stackctl.catalogue import yaml_file
from stackctl.catalogue.services import LOCAL_IMAGES
from stackctl.errors import CheckFailedError

EXAMPLE = "singleuser/compose.example.yaml"

BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line in YAML."""


def local_images(root: Path) -> str:
    """The text of the operator's file of images; of the example where there is none yet."""
    return yaml_file.source(root, LOCAL_IMAGES if (root / LOCAL_IMAGES).exists() else EXAMPLE)


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
    """`text` with an entry for an image that is pulled, after the last one.

    Raises CheckFailedError where the entries are not written one below the other.
    """
    notebook = [(3, line) for line in _notebook(title, description, groups, default)]
    return _append(
        text, [(1, f"{name}:"), (2, "profiles: [singleuser]"), (2, f"image: {reference}"), (2, "x-notebook:"), *notebook]
    )


def withdraw(text: str, name: str) -> str:
    """`text` with an entry by which an image of the project's own file is not offered. Raises CheckFailedError as `add`."""
    lines = yaml_file.parse(text, LOCAL_IMAGES).lines
    if ("services", name) not in lines:
        return _append(text, [(1, f"{name}:"), (2, "x-notebook:"), (3, "offered: false")])
    keys = ("services", name, "x-notebook", "offered")
    if keys[:3] not in lines:
        return _checked(_below(text, keys[:2], "x-notebook: {offered: false}", LOCAL_IMAGES), keys, "false", LOCAL_IMAGES)
    return with_value(text, keys, "false", LOCAL_IMAGES)


def remove(text: str, name: str) -> str:
    """`text` without an entry, the comment directly above it, and the empty line that separates it.

    Raises CheckFailedError as `add`.
    """
    lines, file = _lines(text), yaml_file.parse(text, LOCAL_IMAGES)
    _check_is_block(lines, file, "services")
    first, end = file.line("services", name) - 1, _after(lines, file, name)
    indent = _indent(lines[first])
    while first and re.match(rf"{indent}#", lines[first - 1]):
        first -= 1
    names = _services(file)
    if names == [name]:
        top = file.line("services") - 1
        lines[top] = lines[top].replace("services:", "services: {}", 1)
    elif names[0] != name:
        first -= not lines[first - 1].strip()
    elif end < len(lines):
        end += not lines[end].strip()
    return "".join(lines[:first] + lines[end:])


def with_value(text: str, keys: tuple[str, ...], value: str, shown: str, *, after: str = "") -> str:
    """`text` with another value in an entry, on its line. One that is missing is added, first or after the key `after`.

    Raises CheckFailedError where the entries are not written one below the other.
    """
    file, lines = yaml_file.parse(text, shown), _lines(text)
    if keys in file.lines:
        number = file.line(*keys) - 1
        if match := re.fullmatch(r"(\s+[\w-]+: *)[^#\r\n]*?(\s*(?:#[^\r\n]*)?[\r\n]*)", lines[number]):
            lines[number] = f"{match[1]}{value}{match[2]}"
        changed = "".join(lines)
    elif after:
        number = file.line(*keys[:-1], after) - 1
        end = _line_end(text)
        lines[number] = _whole(lines[number], end) + f"{_indent(lines[number])}{keys[-1]}: {value}{end}"
        changed = "".join(lines)
    else:
        changed = _below(text, keys[:-1], f"{keys[-1]}: {value}", shown)
    return _checked(changed, keys, value, shown)


def _checked(text: str, keys: tuple[str, ...], value: str, shown: str) -> str:
    """`text`. Raises CheckFailedError when the entry does not have the value."""
    entry: Any = yaml_file.parse(text, shown).data
    for key in keys:
        entry = entry.get(key) if isinstance(entry, dict) else None
    if entry != yaml_file.parse(f"value: {value}", shown).data["value"]:
        raise _other_form(shown)
    return text


def _append(text: str, entry: Sequence[tuple[int, str]]) -> str:
    """`text` with a service after the last one: its lines, each with its depth."""
    lines, file, end = _lines(text), yaml_file.parse(text, LOCAL_IMAGES), _line_end(text)
    if names := _services(file):
        indent = _indent(lines[file.line("services", names[-1]) - 1])
        at, gap = _after(lines, file, names[-1]), end
    else:
        indent, at, gap = "  ", file.line("services"), ""
        lines[at - 1] = re.sub(r"^services: *(\{\}|null|~)?", "services:", lines[at - 1])
    _check_is_block(lines, file, "services")
    before = [*lines[: at - 1], _whole(lines[at - 1], end)]
    return "".join([*before, gap, *(indent * depth + line + end for depth, line in entry), *lines[at:]])


def _below(text: str, keys: tuple[str, ...], line: str, shown: str) -> str:
    """`text` with a line as the first one below an entry."""
    lines, file, end = _lines(text), yaml_file.parse(text, shown), _line_end(text)
    number = file.line(*keys) - 1
    _check_is_block(lines, file, *keys)
    if number + 1 >= len(lines):
        raise _other_form(shown)
    lines[number] += f"{_indent(lines[number + 1])}{line}{end}"
    return "".join(lines)


def _check_is_block(lines: list[str], file: yaml_file.YamlFile, *keys: str) -> None:
    """Raises CheckFailedError unless an entry is on a line of its own, with the entries below it on the next ones."""
    if keys not in file.lines or not re.match(r"\s*[\w\"'-]+:\s*(#.*)?$", lines[file.line(*keys) - 1]):
        raise _other_form(file.shown)


def _other_form(shown: str) -> CheckFailedError:
    return CheckFailedError(
        f"{shown} is not written one entry per line, so stackctl cannot change it.", "Change it in an editor: docs/images.md"
    )


def _notebook(title: str, description: str, groups: Sequence[str], default: bool) -> list[str]:
    lines = [f"title: {yaml_file.scalar(title)}"]
    if description:
        lines.append(f"description: {yaml_file.scalar(description)}")
    if groups:
        lines.append(f"groups: [{', '.join(map(_in_list, groups))}]")
    return lines + (["default: true"] if default else [])


def _in_list(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][\w/.-]*", text) and yaml_file.scalar(text) == text else f'"{text}"'


def _services(file: yaml_file.YamlFile) -> list[str]:
    return [keys[1] for keys in file.lines if len(keys) == 2 and keys[0] == "services"]


def _lines(text: str) -> list[str]:
    """Every line with what ends it."""
    ends = [match.end() for match in BREAK.finditer(text)]
    starts = [0, *ends]
    return [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True) if start < end]


def _after(lines: list[str], file: yaml_file.YamlFile, name: str) -> int:
    """The number of lines up to the end of an entry: all lines that are indented more belong to it, comments too."""
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
    match = BREAK.search(text)
    return match[0] if match else "\n"


def _whole(line: str, end: str) -> str:
    return line if BREAK.search(line) else line + end

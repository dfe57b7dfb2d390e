"""A YAML file together with the lines on which its entries stand. The only module that imports PyYAML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.error import Mark
from yaml.nodes import MappingNode, Node

from stackctl.errors import CheckFailedError


@dataclass(frozen=True)
class YamlFile:
    """What a file says, and where: `lines` has the line of each entry, counted from 1, by the keys that lead to it."""

    data: dict[str, Any]
    lines: dict[tuple[str, ...], int]

    def line(self, *keys: str) -> int:
        """The line of an entry, or of the nearest one above it that there is."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


def read(path: Path, shown: str) -> YamlFile:
    """Read a file whose top is a mapping; `shown` is what messages call it.

    Raises CheckFailedError, with the line, when it cannot be read, is no YAML, or names an entry twice.
    """
    return parse(source(path, shown), shown)


def source(path: Path, shown: str) -> str:
    """A file's text, to the byte. Raises CheckFailedError when it cannot be read."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise CheckFailedError(f"{shown} is not there.", f"Get it back: git checkout {shown}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CheckFailedError(f"{shown} cannot be read: {error}.") from None


def parse(text: str, shown: str) -> YamlFile:
    """As `read`, of a text."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        hint = "It must be YAML: names, colons and spaces."
        raise CheckFailedError(f"{shown} line {line}: {error.problem}.", hint) from None
    except yaml.YAMLError as error:  # a character that YAML does not know
        raise CheckFailedError(f"{shown} is no YAML: {str(error).splitlines()[0]}.") from None
    except (ValueError, RecursionError) as error:  # a date that there is not, such as 2026-02-30
        raise CheckFailedError(f"{shown} cannot be read: {error}.", "Put it in quotes.") from None
    if not isinstance(data, dict) or node is None:
        raise CheckFailedError(f"{shown} has no entries.", f"See how it began: git show HEAD:{shown}")
    places: dict[tuple[str, ...], Mark] = {}
    _note(node, (), places, shown)
    return YamlFile(data, {keys: mark.line + 1 for keys, mark in places.items()})


def scalar(text: str) -> str:
    """A text as it is written on one line of a YAML file: as it is where that says the same, else in quotes."""
    quoted = json.dumps(text, ensure_ascii=False)
    try:
        return text if text == text.strip() and yaml.safe_load(f"a:\n  b: {text}\n") == {"a": {"b": text}} else quoted
    except yaml.YAMLError:
        return quoted


def _note(node: Node, keys: tuple[str, ...], places: dict[tuple[str, ...], Mark], shown: str) -> None:
    if not isinstance(node, MappingNode):
        return
    for key, value in node.value:
        here, mark = (*keys, str(key.value)), key.start_mark
        before = places.setdefault(here, mark)
        if before.index != mark.index:  # an anchor's entries are met again where it is used
            raise CheckFailedError(
                f"{shown} line {mark.line + 1}: {key.value} is there twice; it is in line {before.line + 1} too."
            )
        if value.start_mark.index >= mark.index:  # not an alias of what stands above
            _note(value, here, places, shown)

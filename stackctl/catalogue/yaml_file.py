"""A YAML file together with the lines of its entries. The only module that imports PyYAML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.errors import CheckFailedError

if TYPE_CHECKING:
    from yaml.error import Mark
    from yaml.nodes import Node

Keys = tuple[str, ...]
"""The keys that lead to an entry, from the top."""


@dataclass(frozen=True)
class YamlFile:
    """A file's content. `shown`: its name in messages; `lines`: the line of each entry, from 1."""

    shown: str
    data: dict[str, Any]
    lines: dict[Keys, int]

    def line(self, *keys: str) -> int:
        """The line of an entry, or of the nearest entry above it that exists."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys, 1)


def read(root: Path, shown: str) -> YamlFile:
    """Read the file `shown` below `root`, whose top must be a mapping.

    Raises CheckFailedError, with the line, when it cannot be read, is no YAML, or has an entry twice.
    """
    return parse(source(root, shown), shown)


def source(root: Path, shown: str) -> str:
    """The exact text of a file. Raises CheckFailedError when it cannot be read."""
    try:
        return (root / shown).read_bytes().decode()
    except FileNotFoundError:
        raise CheckFailedError(f"{shown} does not exist.", f"Restore it: git checkout {shown}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CheckFailedError(f"{shown} cannot be read: {error}.") from None


def parse(text: str, shown: str) -> YamlFile:
    """The content of `text`, with the errors of `read`."""
    import yaml  # here, because most commands read no YAML

    try:
        node = yaml.compose(text, yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CheckFailedError(f"{shown} line {line}: {error.problem}.", "The file must be YAML.") from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise CheckFailedError(f"{shown} is not YAML: {str(error).splitlines()[0]}.") from None
    except (ValueError, RecursionError) as error:  # a date that does not exist, such as 2026-02-30
        raise CheckFailedError(f"{shown} cannot be read: {error}.", "Put the value in quotes.") from None
    if not isinstance(data, dict) or node is None:
        raise CheckFailedError(f"{shown} has no entries.", "Examples: docs/images.md")
    marks: dict[Keys, Mark] = {}
    _add_marks(node, (), marks, shown)
    return YamlFile(shown, data, {keys: mark.line + 1 for keys, mark in marks.items()})


def scalar(text: str) -> str:
    """`text` as it is written on one line of a YAML file: in quotes only where it would be read as something else."""
    import yaml

    quoted = json.dumps(text, ensure_ascii=False)
    try:
        return text if text == text.strip() and yaml.safe_load(f"a:\n  b: {text}\n") == {"a": {"b": text}} else quoted
    except yaml.YAMLError:
        return quoted


def _add_marks(node: Node, keys: Keys, marks: dict[Keys, Mark], shown: str) -> None:
    from yaml.nodes import MappingNode

    if not isinstance(node, MappingNode):
        return
    for key, value in node.value:
        here, mark = (*keys, str(key.value)), key.start_mark
        first = marks.setdefault(here, mark)
        if first.index != mark.index:  # the same index again: an anchor's entries, where the anchor is used
            raise CheckFailedError(f"{shown} line {mark.line + 1}: {key.value} is already in line {first.line + 1}.")
        if value.start_mark.index >= mark.index:  # an alias starts before its key
            _add_marks(value, here, marks, shown)

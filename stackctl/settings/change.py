"""A change of .env: what it changes, whether the result is valid, and writing it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl.checkout import files
from stackctl.errors import CheckFailedError, before_any_change
from stackctl.settings import dotenv, model
from stackctl.settings.model import DEFAULTS, Reading, masked
from stackctl.settings.source import Problem, read_text, reason, unknown


@dataclass(frozen=True)
class Change:
    """`values` to write, None for a setting's default, and the settings before and after, as .env has them.

    `overridden`: settings whose value in the environment overrides what is written.
    """

    root: Path
    values: dict[str, str | None]
    before: Reading
    after: Reading
    overridden: list[str]

    @property
    def lines(self) -> list[str]:
        """The changes in words, without passwords."""
        return [f"{name}: {_describe(name, self.before)} → {self.describe(name)}" for name in self.values]

    def describe(self, name: str) -> str:
        """A setting's new value in words."""
        return _describe(name, self.after)

    def write(self) -> None:
        """Write .env. Raises StackError when that fails; .env is unchanged then."""
        dotenv.put(self.root, self.values)


def plan(root: Path, desired: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Change:
    """The change to the values `desired`, without those that .env already has. "" and None: the default.

    Raises CheckFailedError for an unknown setting, an invalid value or combination, and a .env that cannot be read or
    written. Problems that were there before are no obstacle.
    """
    if problems := [item for name in desired for item in _unknown(name)]:
        raise CheckFailedError("\n       ".join(item.text for item in problems), "See all settings: stackctl config")
    elsewhere = {name: value for name, value in environ.items() if name.upper() not in desired}
    text = read_env(root)
    before = model.read(root, elsewhere, text)
    values = {name: value or None for name, value in desired.items() if _differs(before, name, value)}
    if values:
        files.must_be_changeable(root / ".env", ".env")
    with before_any_change():
        after = model.read(root, elsewhere, dotenv.edited(text, values))
    old = {item.bare for item in before.problems}
    new = [item for item in after.problems if item.name in desired or item.bare not in old]
    if new:
        texts = [item.bare if item.name in desired else item.text for item in new]
        raise CheckFailedError("\n       ".join(texts), "Nothing was changed. See .env.example for every setting.")
    outside = {name.upper(): value for name, value in environ.items() if value}
    overridden = [name for name in desired if outside.get(name, after.value(name)) != after.value(name)]
    return Change(root, values, before, after, overridden)


def read_env(root: Path) -> str:
    """The text of .env, "" if there is none. Raises CheckFailedError when it cannot be read."""
    try:
        return read_text(root / ".env")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckFailedError(f".env cannot be read: {reason(error)}.") from None


def _differs(before: Reading, name: str, value: str | None) -> bool:
    invalid = any(problem.name == name for problem in before.problems)  # perhaps only its form, with the same value
    return invalid or (value != before.value(name) if value else name in before.raw)


def _unknown(name: str) -> list[Problem]:
    return unknown(name, DEFAULTS) or ([] if name in DEFAULTS else [Problem(name, f"{name} is not a setting of the stack.")])


def _describe(name: str, reading: Reading) -> str:
    value = masked(name, reading.value(name))
    return value if name in reading.raw else f"{value} (default)" if value else "(empty)"

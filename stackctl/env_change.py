"""Other values for .env: what they would change, whether that is right as a whole, and writing it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl import dotenv, files, settings
from stackctl.errors import CheckFailedError, before_any_change
from stackctl.given import Problem, reason, text_of, unknown
from stackctl.settings import DEFAULTS, Reading, masked


@dataclass(frozen=True)
class Change:
    """What is to be written, None for a setting's default; and the settings before and after, as .env has these ones.

    `overridden`: those whose value in the environment wins over what is written.
    """

    root: Path
    values: dict[str, str | None]
    before: Reading
    after: Reading
    overridden: list[str]

    @property
    def lines(self) -> list[str]:
        """What changes, for a person: old and new, without passwords."""
        return [f"{name}: {_said(name, self.before)} → {self.said(name)}" for name in self.values]

    def said(self, name: str) -> str:
        """A setting's value as it is to be, for a person."""
        return _said(name, self.after)

    def write(self) -> None:
        """Write it. Raises StackError when .env cannot be written; it is as it was then."""
        dotenv.put(self.root, self.values)


def plan(root: Path, wanted: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Change:
    """The change to the values `wanted`; those that .env gives already are left out. "" and None: the default.

    Raises CheckFailedError for a name that is no setting, a value that is not allowed, settings that are wrong together
    with it, and a .env that cannot be read or written. What was wrong before, and stays so, is not in the way.
    """
    if problems := [item for name in wanted for item in _unknown(name)]:
        raise CheckFailedError("\n       ".join(item.text for item in problems), "See: stackctl config")
    elsewhere = {name: value for name, value in environ.items() if name.upper() not in wanted}
    there = text(root)
    before = settings.read(root, elsewhere, there)
    values = {name: value or None for name, value in wanted.items() if _differs(before, name, value)}
    if values:
        files.must_be_changeable(root / ".env", ".env")
    with before_any_change():
        after = settings.read(root, elsewhere, dotenv.edited(there, values))
    known = {item.bare for item in before.problems}
    new = [item for item in after.problems if item.name in wanted or item.bare not in known]
    if new:
        texts = [item.bare if item.name in wanted else item.text for item in new]
        raise CheckFailedError("\n       ".join(texts), "Nothing was changed. Each setting is explained in .env.example.")
    given = {name.upper(): value for name, value in environ.items() if value}
    overridden = [name for name in wanted if given.get(name, after.value(name)) != after.value(name)]
    return Change(root, values, before, after, overridden)


def text(root: Path) -> str:
    """The .env that is there, "" for none. Raises CheckFailedError when it cannot be read."""
    try:
        return text_of(root / ".env")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckFailedError(f".env cannot be read: {reason(error)}.") from None


def _differs(before: Reading, name: str, value: str | None) -> bool:
    wrong = any(problem.name == name for problem in before.problems)  # its form, perhaps, and the value is the same
    return wrong or (value != before.value(name) if value else name in before.given)


def _unknown(name: str) -> list[Problem]:
    return unknown(name, DEFAULTS) or ([] if name in DEFAULTS else [Problem(name, f"{name} is not a setting of the stack.")])


def _said(name: str, reading: Reading) -> str:
    value = masked(name, reading.value(name))
    return value if name in reading.given else f"{value} (default)" if value else "(empty)"

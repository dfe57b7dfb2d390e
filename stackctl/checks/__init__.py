"""Checks of the machine and the stack, one topic a file. Each finds ok, warn or fail, and the fix.

Which there are, and what each looks at: topics.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One finding."""

    level: Level
    message: str
    fix: str = ""
    detail: str = ""
    """The last lines that explain it, of a log for instance."""

"""The result of a check: a level, a message, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One result. `detail`: the last lines that explain it, of a log for instance."""

    level: Level
    message: str
    fix: str = ""
    detail: str = ""

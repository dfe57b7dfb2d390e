"""Checks of the machine and the stack, one topic a file. Each finds ok, warn or fail, and the fix."""

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

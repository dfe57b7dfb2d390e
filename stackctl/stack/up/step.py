"""What a step is, and going through steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stackctl.ui import console


class Step(Protocol):
    """A part of `up`."""

    def todo(self) -> list[str]:
        """What `do` would change, a line each; [] for nothing. Changes nothing itself."""

    def do(self) -> None:
        """Do it. Safe to call when there is nothing to do."""


def plan(steps: Sequence[Step]) -> list[str]:
    """What all steps would change."""
    return [line for step in steps for line in step.todo()]


def run(steps: Sequence[Step]) -> bool:
    """Do all steps, each after printing its todo. Returns whether there was anything to do."""
    changed = False
    for step in steps:
        for line in step.todo():
            console.say(f"  {line}")
            changed = True
        step.do()
    return changed

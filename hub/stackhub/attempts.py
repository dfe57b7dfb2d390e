"""Wrong passwords: after several in a row an account is locked for a while, in this hub and nowhere else."""

from __future__ import annotations

import time

from .pages import SignInError

LIMIT = 5
LOCK_SECONDS = 600
MOST_NAMES = 10_000
"""Names that are remembered; they can be made up, one request each."""


class Attempts:
    """How often in a row each name was tried with a wrong password, and when last."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._wrong)

    def check(self, name: str) -> None:
        """Raises SignInError while `name` is locked."""
        count, last = self._wrong.get(name, (0, 0.0))
        if count and time.monotonic() - last > LOCK_SECONDS:
            self.forget(name)
        elif count >= LIMIT:
            raise SignInError("locked", minutes=str(LOCK_SECONDS // 60))

    def add(self, name: str) -> None:
        """One more. Called before the password is looked at: many at once are counted too."""
        if len(self._wrong) > MOST_NAMES:
            self._wrong.clear()
        self._wrong[name] = (self._wrong.get(name, (0, 0.0))[0] + 1, time.monotonic())

    def forget(self, name: str) -> None:
        """The right password, or a new one."""
        self._wrong.pop(name, None)

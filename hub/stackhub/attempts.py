"""Wrong passwords: after several in a row an account is locked for a while, in this hub and nowhere else."""

from __future__ import annotations

import time

from .pages import SignInError

LIMIT = 5
LOCK_SECONDS = 600
MOST_NAMES = 10_000
"""Names that are remembered, besides those that are locked; they can be made up, one request each."""


class Attempts:
    """How often in a row each name was tried with a wrong password, and when last."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._wrong)

    def check(self, name: str) -> None:
        """Raises SignInError while `name` is locked."""
        if self._locked(name):
            raise SignInError("locked", minutes=str(LOCK_SECONDS // 60))

    def add(self, name: str) -> None:
        """One more. Called before the password is looked at: many at once are counted too."""
        count = self._count(name)
        self.forget(name)  # so that the oldest stand first
        if len(self._wrong) >= MOST_NAMES and (oldest := next((old for old in self._wrong if not self._locked(old)), None)):
            self.forget(oldest)
        self._wrong[name] = (count + 1, time.monotonic())

    def forget(self, name: str) -> None:
        """The right password, or a new one."""
        self._wrong.pop(name, None)

    def _locked(self, name: str) -> bool:
        return self._count(name) >= LIMIT

    def _count(self, name: str) -> int:
        count, last = self._wrong.get(name, (0, 0.0))
        return count if time.monotonic() - last <= LOCK_SECONDS else 0

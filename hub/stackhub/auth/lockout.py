"""Account lockout: after several wrong passwords in a row, the hub rejects the account for a while."""

from __future__ import annotations

import time

from stackhub.pages.sign_in_errors import SignInError

LIMIT = 5
LOCK_SECONDS = 600
MAX_NAMES = 10_000
"""Names to remember in addition to locked ones. Each request can bring a new, made-up name."""


class Lockout:
    """Counts wrong passwords by user name, with the time of the last one."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._wrong)

    def check(self, name: str) -> None:
        """Raises SignInError if `name` is locked."""
        if self._locked(name):
            raise SignInError("locked", minutes=str(LOCK_SECONDS // 60))

    def add(self, name: str) -> None:
        """Count an attempt. Call it before checking the password, so that parallel attempts are counted too."""
        count = self._count(name)
        self.forget(name)  # moves the name to the end: the dictionary is ordered by last attempt
        if len(self._wrong) >= MAX_NAMES and (oldest := next((old for old in self._wrong if not self._locked(old)), None)):
            self.forget(oldest)
        self._wrong[name] = (count + 1, time.monotonic())

    def forget(self, name: str) -> None:
        """Reset the count after the right password, or when the password was changed."""
        self._wrong.pop(name, None)

    def _locked(self, name: str) -> bool:
        return self._count(name) >= LIMIT

    def _count(self, name: str) -> int:
        count, last = self._wrong.get(name, (0, 0.0))
        return count if time.monotonic() - last <= LOCK_SECONDS else 0

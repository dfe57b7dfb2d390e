"""Can others on this server read what is secret?"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stackctl.checks import Check


@dataclass(frozen=True)
class Entry:
    """A file or folder of the checkout, by its path there, with its mode and its owner's number."""

    path: str
    mode: int
    owner: int
    folder: bool


def check(entries: Iterable[Entry], checkout_owner: int) -> Iterator[Check]:
    """A failure for each entry of .stack that others may read, or that is not the checkout's owner's."""
    seen = list(entries)
    found = [
        Check("fail", f"{entry.path} is secret, and others on this server can read it.", _chmod(entry))
        for entry in seen
        if entry.mode & 0o077
    ]
    found += [
        Check(
            "warn",
            f"{entry.path} belongs to user number {entry.owner}, the checkout to {checkout_owner}.",
            f"sudo chown {checkout_owner} {shlex.quote(entry.path)}",
        )
        for entry in seen
        if entry.owner not in (checkout_owner, 0)
    ]
    if seen and not found:
        yield Check("ok", f"{len(seen)} files and folders in .stack are readable for their owner only.")
    yield from found


def _chmod(entry: Entry) -> str:
    return f"chmod {'700' if entry.folder else '600'} {shlex.quote(entry.path)}"

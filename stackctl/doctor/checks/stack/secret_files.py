"""Can other accounts of this server read the secrets?"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from stackctl.checkout.secrets import Entry
from stackctl.ui.check import Check


def check(entries: Iterable[Entry], checkout_owner: int) -> Iterator[Check]:
    """Findings about secret files and folders that others can read, or that have another owner than the checkout."""
    all_entries = list(entries)
    problems = [
        Check("fail", f"{entry.path} is secret, but others on this server can read it.", _chmod(entry))
        for entry in all_entries
        if entry.mode & 0o077
    ]
    problems += [
        Check(
            "warn",
            f"{entry.path} belongs to user id {entry.owner}, but the checkout to user id {checkout_owner}.",
            f"sudo chown {checkout_owner} {shlex.quote(entry.path)}",
        )
        for entry in all_entries
        if entry.owner not in (checkout_owner, 0)
    ]
    if all_entries and not problems:
        yield Check("ok", f"Only their owner can read the {len(all_entries)} files and folders with secrets.")
    yield from problems


def _chmod(entry: Entry) -> str:
    return f"chmod {'700' if entry.folder else '600'} {shlex.quote(entry.path)}"

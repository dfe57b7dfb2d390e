"""Has anybody on this server the user number of notebook servers, or the group of the services?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stackctl.ui.check import Check


def check(holders: Mapping[int, Iterable[str]]) -> Iterator[Check]:
    """A warning for each account, group or range with one of our numbers. `holders`: what has a number, in words."""
    found = [(number, holder) for number, names in holders.items() for holder in names]
    for number, holder in found:
        message = f"On this server {holder} has the number {number}, which the stack's containers use."
        yield Check("warn", message, "Its processes could read and stop theirs. Give it another number: docs/security.md")
    if not found:
        yield Check("ok", f"Nobody on this server has the numbers {' and '.join(map(str, holders))}.")

"""Groups that images and sizes are for: one with a typing error in its name is one that nobody is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stackctl.checks import Check

LEARNS = "The hub learns of a group when somebody of it signs in."
FIXES = {
    "gitlab": f"Is it the group's full path in GitLab? {LEARNS}",
    "pam": f"To put somebody there: sudo adduser NAME GROUP. {LEARNS}",
}


def check(entries: Iterable[tuple[str, Sequence[str]]], known: Mapping[str, Sequence[str]], way: str) -> Iterator[Check]:
    """`entries`: what is offered, and for whom; `known`: who is in each group that the hub knows; `way`: STACK_AUTH."""
    there = {group.lower() for group, users in known.items() if users}
    fix = FIXES.get(way, "To put somebody there: stackctl groups add GROUP NAME")
    for name, groups in entries:
        for group in groups:
            if group.lower() not in there:
                yield Check("warn", f"{name} is for the group {group}, and the hub knows nobody in it.", fix)

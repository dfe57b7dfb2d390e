"""Do the groups that images and sizes are limited to have members? A typing error in a name makes an empty group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from stackctl.ui.check import Check

LATER = "The hub learns of a group when one of its members signs in."
FIXES = {
    "gitlab": f"Check that it is the group's full path in GitLab. {LATER}",
    "pam": f"To add somebody: sudo adduser NAME GROUP. {LATER}",
}
"""By STACK_AUTH."""


def check(entries: Iterable[tuple[str, Sequence[str]]], members: Mapping[str, Sequence[str]], auth: str) -> Iterator[Check]:
    """A warning for each group without members.

    `entries`: names of images and sizes with their groups; `members`: of each group in the hub; `auth`: STACK_AUTH.
    """
    filled = {group.lower() for group, users in members.items() if users}
    fix = FIXES.get(auth, "To add somebody: stackctl groups add GROUP NAME")
    for name, groups in entries:
        for group in groups:
            if group.lower() not in filled:
                yield Check("warn", f"Only the group {group} may use {name}, but the hub knows no member of it.", fix)

"""What must be right before `up` changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from stackctl.doctor.check_groups import CHECK_GROUPS
from stackctl.doctor.checks.stack import gitlab
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack
from stackctl.ui import console
from stackctl.ui.check import Check


def check(stack: Stack, before: Literal["docker", "start"]) -> None:
    """Run the check groups that must pass `before` Docker is touched, or before anything is built and started.

    Prints warnings. Raises CheckFailedError for the first failure.
    """
    for item in _checks(stack, before):
        if item.level == "fail":
            raise CheckFailedError(item.message, item.fix, detail=item.detail)
        if item.level == "warn":
            console.warn(f"{item.message} {item.fix}".rstrip())


def _checks(stack: Stack, before: str) -> Iterator[Check]:
    if before == "docker" and stack.settings.stack_auth == "gitlab":
        yield from _registered(stack)
    for group in CHECK_GROUPS:
        if group.before == before:
            yield from group.run(stack)


def _registered(stack: Stack) -> Iterator[Check]:
    """The checks of Sign-in that do not ask GitLab. That nobody may sign in yet is a warning only."""
    yield gitlab.stored(stack.root, stack.settings)
    for item in gitlab.rules(stack.settings):
        yield Check("warn", item.message, item.fix) if item.level == "fail" else item

"""What must be right before `up` changes anything: the topics of `doctor` that say so."""

from __future__ import annotations

from typing import Literal

from stackctl import console
from stackctl.checks import gitlab
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack
from stackctl.topics import TOPICS


def check(stack: Stack, before: Literal["docker", "start"]) -> None:
    """Look at what must be right `before` Docker is touched, or before the stack is.

    Raises CheckFailedError with the first failure; warnings are said.
    """
    if before == "docker" and stack.settings.stack_auth == "gitlab":
        _registered(stack)
    for topic in TOPICS:
        if topic.before != before:
            continue
        for found in topic.look(stack):
            if found.level == "fail":
                raise CheckFailedError(found.message, found.fix, detail=found.detail)
            if found.level == "warn":
                console.warn(f"{found.message} {found.fix}".rstrip())


def _registered(stack: Stack) -> None:
    """Of the topic Sign-in what takes no question to GitLab. That nobody may enter, yet, is a warning."""
    found = gitlab.stored(stack.root, stack.settings)
    if found.level == "fail":
        raise CheckFailedError(found.message, found.fix)
    for item in [found, *gitlab.rules(stack.settings)]:
        if item.level != "ok":
            console.warn(f"{item.message} {item.fix}")

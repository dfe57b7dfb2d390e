"""Running check groups at the same time, each with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path

from stackctl import settings
from stackctl.checkout import state
from stackctl.doctor.check_groups import CheckGroup
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError, StackError
from stackctl.host import docker_daemon
from stackctl.settings import Settings
from stackctl.stack import Stack
from stackctl.ui import signals
from stackctl.ui.check import Check

DOCKER_SECONDS = 10
"""Timeout of each call to Docker."""


class Run(threading.Thread):
    """A check group that runs. Its thread does not keep stackctl from ending, in case a check never does."""

    def __init__(self, group: CheckGroup, stack: Stack) -> None:
        super().__init__(name=group.title, daemon=True)
        self.group = group
        self._stack = stack
        self._checks: list[Check] = []
        self._deadline = time.monotonic() + group.seconds
        self.start()

    def run(self) -> None:
        try:
            for check in self.group.run(self._stack):
                self._checks.append(check)
        except StackError as error:
            self._checks.append(Check("fail", error.message, error.hint, error.detail))
        except Exception as error:
            fix = "This is a bug in stackctl, or the connection to Docker was lost. The other checks are still valid."
            self._checks.append(Check("fail", f"Not completed: {type(error).__name__}: {error}", fix))

    def result(self) -> list[Check]:
        """Wait for the result until the deadline."""
        self.join(max(0, self._deadline - time.monotonic()))
        checks = list(self._checks)
        if self.is_alive():
            checks.append(Check("fail", f"Not completed within {self.group.seconds:g} seconds.", "Run this again."))
        return checks


TemporaryGroups = Callable[[Stack], AbstractContextManager[Sequence[CheckGroup]]]
"""Makes check groups that need a temporary container, which is removed when the context ends."""


def run(
    root: Path, groups: Sequence[CheckGroup], temporary: TemporaryGroups, cleanup: ExitStack
) -> Iterator[tuple[str, list[Check]]]:
    """Run check groups on the stack of the checkout at `root`. Yields each group's title and results, in order.

    Invalid settings, or a Docker that does not answer, are results too; groups that do not need them run all the same.
    What `temporary` and the groups create is removed when the caller closes `cleanup`.
    """
    stack, invalid = _load(root)
    yield "Settings", invalid or [Check("ok", "All settings are known and valid.")]
    trouble = _docker_trouble()
    if trouble:
        yield "Docker", [trouble]
    usable = not invalid and not trouble
    if usable:
        with suppress(StackError):  # the groups report it
            cleanup.callback(_sweep, stack.engine, stack.name)
    skipped = [group for group in groups if (group.settings and invalid) or (group.docker and trouble)]
    runs = [Run(group, stack) for group in groups if group not in skipped]
    if usable:
        runs += [Run(group, stack) for group in cleanup.enter_context(temporary(stack))]
    for item in runs:
        yield item.group.title, item.result()
    if skipped:
        titles = ", ".join(dict.fromkeys(group.title for group in skipped))
        yield "Not checked", [Check("warn", f"{titles}: they need what failed above.", "Fix that, then run this again.")]


def _sweep(engine: Engine, stack: str) -> None:
    """Remove the containers of groups that missed their deadline: their threads end with this process."""
    with signals.held_off(), suppress(StackError):
        engine.sweep(stack)


def _load(root: Path) -> tuple[Stack, list[Check]]:
    """The stack, with default settings if its own are invalid, and what is wrong with them."""
    try:
        stack = Stack(root, settings.load(root), DOCKER_SECONDS)
        state.check(stack.folder)
        return stack, []
    except CheckFailedError as error:
        invalid = [Check("fail", line.strip(), error.hint) for line in error.message.splitlines()]
        return Stack(root, Settings.model_construct(), DOCKER_SECONDS), invalid


def _docker_trouble() -> Check | None:
    try:
        if trouble := docker_daemon.problem():
            fix = "Start it: sudo bin/stackctl up. Its log: journalctl -u docker; without systemd, /var/log/dockerd.log"
            return Check("fail", trouble, fix)
    except CheckFailedError as error:
        return Check("fail", error.message, error.hint)
    return None

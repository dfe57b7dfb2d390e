"""Running checks side by side, each kind with a deadline: what `doctor` shows, and what `up` wants to be right first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stackctl import host, settings, signals, state
from stackctl.checks import Check
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError, StackError
from stackctl.settings import Settings
from stackctl.stack import Stack

DOCKER_SECONDS = 10


@dataclass(frozen=True)
class Topic:
    """Checks of one kind. `settings`, `docker`: whether it takes right settings, and a Docker that answers."""

    title: str
    look: Callable[[Stack], Iterable[Check]]
    settings: bool = True
    docker: bool = True
    seconds: float = 30
    """For which it is waited."""
    before: Literal["", "docker", "start"] = ""
    """Before what `up` wants it to be right: before it touches Docker, or before it builds and starts anything."""


class Looking(threading.Thread):
    """A topic being looked at. A thread that is not waited for when stackctl ends, in case it never does."""

    def __init__(self, topic: Topic, stack: Stack) -> None:
        super().__init__(name=topic.title, daemon=True)
        self.topic = topic
        self._stack = stack
        self._found: list[Check] = []
        self._deadline = time.monotonic() + topic.seconds
        self.start()

    def run(self) -> None:
        try:
            for check in self.topic.look(self._stack):
                self._found.append(check)
        except StackError as error:
            self._found.append(Check("fail", error.message, error.hint, error.detail))
        except Exception as error:
            fix = "This is a mistake in stackctl, or Docker broke off. The other checks are right all the same."
            self._found.append(Check("fail", f"Not checked to the end: {type(error).__name__}: {error}", fix))

    def result(self) -> list[Check]:
        """What was found, within the deadline."""
        self.join(max(0, self._deadline - time.monotonic()))
        found = list(self._found)
        if self.is_alive():
            found.append(Check("fail", f"The rest is not known after {self.topic.seconds:g} seconds.", "Run this again."))
        return found


More = Callable[[Stack], AbstractContextManager[Sequence[Topic]]]
"""Topics that take something made for them, which is gone when that ends."""


def examine(root: Path, topics: Sequence[Topic], more: More, left: ExitStack) -> Iterator[tuple[str, list[Check]]]:
    """Everything that can be found out about the stack of the checkout at `root`, by topic.

    Wrong settings, and a Docker that does not answer, are findings; what does not depend on them is looked at all the same.
    What `more` and the topics make is gone when `left` ends, which is the caller's to see to.
    """
    stack, wrong = _load(root)
    yield "Settings", wrong or [Check("ok", "Every setting is known, and its value is right.")]
    trouble = _docker_trouble()
    if trouble:
        yield "Docker", [trouble]
    if not wrong and not trouble:
        with suppress(StackError):  # the topics say so
            left.callback(_sweep, stack.engine, stack.name)
    left_out = [topic for topic in topics if (topic.settings and wrong) or (topic.docker and trouble)]
    looking = [Looking(topic, stack) for topic in topics if topic not in left_out]
    if not wrong and not trouble:
        looking += [Looking(topic, stack) for topic in left.enter_context(more(stack))]
    for item in looking:
        yield item.topic.title, item.result()
    if left_out:
        names = ", ".join(dict.fromkeys(topic.title for topic in left_out))
        what = f"{names}: they depend on what has failed above."
        yield "Not looked at", [Check("warn", what, "Mend that, then run this again.")]


def _sweep(engine: Engine, stack: str) -> None:
    """Remove what topics that are not waited for any more have made: their threads end with this process, as they are."""
    with signals.held_off(), suppress(StackError):
        engine.sweep(stack)


def _load(root: Path) -> tuple[Stack, list[Check]]:
    """The stack, with the defaults where its settings are wrong; and what is wrong with them."""
    try:
        stack = Stack(root, settings.load(root), DOCKER_SECONDS)
        state.check(stack.folder)
        return stack, []
    except CheckFailedError as error:
        wrong = [Check("fail", line.strip(), error.hint) for line in error.message.splitlines()]
        return Stack(root, Settings.model_construct(), DOCKER_SECONDS), wrong


def _docker_trouble() -> Check | None:
    try:
        if silence := host.engine_state():
            fix = "sudo bin/stackctl up starts it; its log: journalctl -u docker, or /var/log/dockerd.log without systemd"
            return Check("fail", silence, fix)
    except CheckFailedError as error:
        return Check("fail", error.message, error.hint)
    return None

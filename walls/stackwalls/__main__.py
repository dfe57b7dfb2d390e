"""`python3 -m stackwalls`: keeps the walls in place until it is ended."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading

from stackwalls import kernel
from stackwalls.rules import Rules
from stackwalls.walls import LOG, Walls, take_down

SECONDS = 2
SERVICES = 2
"""Hub and proxy, on the users' network."""


def main() -> int:
    """Its exit code."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    rules, ended = Rules.from_environ(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        if rules.isolation:
            walls = Walls(rules)
            while not ended.is_set():
                walls.keep()
                ended.wait(SECONDS)
        else:
            LOG.warning("STACK_ISOLATION=off: nothing keeps notebook servers from each other, and from this server.")
            with contextlib.suppress(kernel.KernelError):  # it knows of no such rules: then there are none
                take_down(rules.name)
            ended.wait()
            return 0
        if kernel.containers(rules.name) <= SERVICES:  # else the next of us finds them standing
            take_down(rules.name)
    except kernel.KernelError as error:
        LOG.error("The kernel does not take the rules: %s", error)
        return 1
    return 0


sys.exit(main())

"""`python3 -m stackwalls`: keep the firewall in place until this process is stopped."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading

from stackwalls import kernel
from stackwalls.firewall import LOG, Firewall, remove
from stackwalls.rules import Rules

INTERVAL = 2
"""Seconds between two checks."""

SERVICES = 2
"""Hub and proxy, on the users' network."""


def main() -> int:
    """Run until SIGTERM or SIGINT; the exit code."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    rules, stopped = Rules.from_environ(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        if not rules.isolation:
            LOG.warning("STACK_ISOLATION=off: notebook servers can reach each other and this server.")
            with contextlib.suppress(kernel.KernelError):  # a kernel without nftables has no rules to remove
                remove(rules.name)
            stopped.wait()
            return 0
        firewall = Firewall(rules)
        while not stopped.is_set():
            firewall.keep()
            stopped.wait(INTERVAL)
        if kernel.containers(rules.name) <= SERVICES:  # while notebook servers run, the rules stay for our next start
            remove(rules.name)
    except kernel.KernelError as error:
        LOG.error("The kernel does not accept the rules: %s", error)
        return 1
    return 0


sys.exit(main())

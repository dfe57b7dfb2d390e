"""What the processes that run tests side by side share: one machine, where each has a stack of its own."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stackctl.host import apt

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""The number of this process among them: https://pytest-xdist.readthedocs.io/en/stable/how-to.html"""

SETTING_UP = Path(tempfile.gettempdir(), "stacktest-setting-up")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """What is in the block runs in one process at a time: it sets up what the others find there afterwards."""
    with SETTING_UP.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def once_in_a_run(what: str) -> Iterator[bool]:
    """Whether this is the first worker of the run to come here. The others wait until it is through, and find what it did.

    Where it fails, the next one is the first.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")  # not set where there is but one process
    done = Path(tempfile.gettempdir(), f"stacktest-{what}-{run}")
    with one_at_a_time():
        yield run is None or not done.exists()
        done.touch()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def apt_install(*packages: str) -> None:
    """Install what tests need of this machine's distribution."""
    with one_at_a_time():
        apt.install(*packages)

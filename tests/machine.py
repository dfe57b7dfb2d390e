"""What the processes that run tests side by side share: one machine, where each has a stack of its own."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stackctl import host

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""The number of this process among them: https://pytest-xdist.readthedocs.io/en/stable/how-to.html"""

SETTING_UP = Path(tempfile.gettempdir(), "stacktest-setting-up")
USING_DOCKER = Path(tempfile.gettempdir(), "stacktest-using-docker")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """What is in the block runs in one process at a time: it sets up what the others find there afterwards."""
    with SETTING_UP.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def apt_install(*packages: str) -> None:
    """Install what tests need of this machine's distribution."""
    with one_at_a_time():
        host.apt_install(*packages)


class DockerInUse:
    """From now on Docker is not restarted by another process, until `ended`."""

    def __init__(self) -> None:
        self._file = USING_DOCKER.open("w")
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def wait_for_others(self) -> None:
        """Wait until no other process uses Docker; it is another's again only after `ended`."""
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def ended(self) -> None:
        self._file.close()

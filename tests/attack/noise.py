"""Runs in a notebook server and uses as much of a resource as it can. Arguments: which one, and for how many seconds.

Prints how much it used. Nothing of it outlives it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

HUNGRY = "eaten = []\nwhile True: eaten.append(b'x' * 2**24)"
PIECE = bytes(2**20)


def memory(end: float) -> str:
    """Allocate more memory than there is, again and again."""
    killed = 0
    while time.monotonic() < end:
        killed += subprocess.run([sys.executable, "-c", HUNGRY], check=False).returncode == -signal.SIGKILL
    return f"{killed} killed"


def disk(end: float) -> str:
    """Fill /tmp, and write 300 MB to the user's own volume, again and again."""
    full = 0
    while time.monotonic() < end:
        for folder in ("/tmp", "/home/jovyan/work"):
            full += filled(folder, end)
    return f"{full} full"


def filled(folder: str, end: float) -> bool:
    """Write to the disk, with fsync; whether it was full."""
    with tempfile.TemporaryFile(dir=folder) as file:
        try:
            for _ in range(300):
                file.write(PIECE)
                file.flush()
                os.fsync(file.fileno())
                if time.monotonic() > end:
                    break
        except OSError as error:
            return error.errno == errno.ENOSPC
    return False


def packets(end: float) -> str:
    """Send packets to the hub as fast as possible, from four processes."""
    children = [os.fork() for _ in range(2)]  # four processes
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        hub, sent = (socket.gethostbyname("hub"), 9), 0
        while time.monotonic() < end:
            out.sendto(bytes(1400), hub)
            sent += 1
    if 0 in children:
        os._exit(0)
    return f"{sent} sent"


def processes(end: float) -> str:
    """Start as many processes as possible, each of which computes."""

    def bomb() -> None:
        while True:
            try:
                os.fork()
            except OSError:
                break
        while time.monotonic() < end:
            pass

    with running(bomb):
        time.sleep((end - time.monotonic()) / 2)
        at_once = sum(name.isdigit() for name in os.listdir("/proc"))
        time.sleep(max(0.0, end - time.monotonic()))
    return f"{at_once} at once"


def forks(end: float) -> str:
    """Let 64 processes start and end others without a pause."""

    def bomb() -> None:
        for _ in range(6):
            os.fork()
        while time.monotonic() < end:
            if not (child := os.fork()):
                os._exit(0)
            os.waitpid(child, 0)

    before = os.getpid()
    with running(bomb):
        time.sleep(end - time.monotonic())
    with running(lambda: None) as last:
        return f"{last - before} begun"  # process ids are given out in order


@contextlib.contextmanager
def running(bomb: Callable[[], None]) -> Iterator[int]:
    """Run a function in a process; at the end, kill that and all that it has started. Its process id."""
    if not (child := os.fork()):
        os.setsid()
        bomb()
        os._exit(0)
    try:
        yield child
    finally:
        time.sleep(0.1)  # until it has a session of its own
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    kinds = {"memory": memory, "disk": disk, "packets": packets, "processes": processes, "forks": forks}
    print(kinds[sys.argv[1]](time.monotonic() + float(sys.argv[2])))

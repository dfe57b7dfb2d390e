"""Runs in somebody's notebook server and takes what it can get, for some seconds. Arguments: what, and the seconds.

Prints how far it came. Nothing of it goes on after its end.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HUNGRY = "eaten = []\nwhile True: eaten.append(b'x' * 2**24)"
PIECE = bytes(2**20)


def memory(end: float) -> str:
    """More memory than there is, again and again."""
    killed = 0
    while time.monotonic() < end:
        killed += subprocess.run([sys.executable, "-c", HUNGRY], check=False).returncode == -signal.SIGKILL
    return f"{killed} killed"


def disk(end: float) -> str:
    """/tmp until it is full, and 300 MB of the own volume, again and again."""
    full = 0
    while time.monotonic() < end:
        for folder in ("/tmp", "/home/jovyan/work"):
            full += filled(folder, end)
    return f"{full} full"


def filled(folder: str, end: float) -> bool:
    """Write and have it on the disk; whether there was no more room."""
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
    """Packets to the hub, as fast as they go, from as many processes as there are processors."""
    children = [os.fork() for _ in range(2)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        hub, sent = (socket.gethostbyname("hub"), 9), 0
        while time.monotonic() < end:
            out.sendto(bytes(1400), hub)
            sent += 1
    if 0 in children:
        os._exit(0)
    return f"{sent} sent"


if __name__ == "__main__":
    kinds = {"memory": memory, "disk": disk, "packets": packets}
    print(kinds[sys.argv[1]](time.monotonic() + float(sys.argv[2])))

"""Other machines, as a network namespace of this one: in a private network, on the internet, at the metadata address."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.machine import WORKER

PRIVATE, PUBLIC, METADATA = f"10.77.{WORKER}.2", f"198.51.100.{2 + WORKER}", "169.254.169.254"
PORT = 7788
LISTEN = Path(__file__).with_name("listen.py")


@contextlib.contextmanager
def elsewhere(name: str) -> Iterator[None]:
    """They all accept connections at PORT. `name`: of the namespace and prefix of its interfaces, at most 12 letters."""
    here, gateway = f"{name}-h", f"10.77.{WORKER}.1"
    with contextlib.ExitStack() as left:
        ip("netns", "add", name)
        left.callback(ip, "netns", "delete", name)
        ip("link", "add", here, "type", "veth", "peer", "name", "far", "netns", name)
        ip("address", "add", f"{gateway}/30", "dev", here)
        ip("link", "set", here, "up")
        inside = ("-n", name)
        ip(*inside, "address", "add", f"{PRIVATE}/30", "dev", "far")
        for address in (PUBLIC, METADATA):
            ip(*inside, "address", "add", f"{address}/32", "dev", "far")
            ip("route", "add", f"{address}/32", "via", PRIVATE, "dev", here)
        ip(*inside, "link", "set", "far", "up")
        ip(*inside, "route", "add", "default", "via", gateway)
        listening = subprocess.Popen(["ip", "netns", "exec", name, sys.executable, str(LISTEN), str(PORT)])
        left.callback(listening.wait)
        left.callback(listening.kill)
        yield


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)

"""Runs in a container: prints which destinations it can reach, as JSON.

Argument: JSON, a list of [what, protocol, host, port]. A destination is reached when it accepts or refuses the connection
itself, or, over UDP, sends back what it got.
"""

from __future__ import annotations

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

SECONDS = 2


def reached(protocol: str, host: str, port: int) -> bool:
    kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as asking:
        asking.settimeout(SECONDS)
        try:
            asking.connect((host, port))
            if protocol == "udp":
                asking.send(b"?")
                asking.recv(1)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


places = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(places)) as looking:
    there = list(looking.map(lambda place: reached(*place[1:]), places))
print(json.dumps([place[0] for place, found in zip(places, there) if found]))  # noqa: B905

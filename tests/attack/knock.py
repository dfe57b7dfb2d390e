"""Runs where an attacker's code would: sends each request unchanged to a unix socket, and prints the answers' statuses.

Argument: the socket. Standard input: JSON, a list of requests in latin-1. A missing answer counts as 0.
"""

import json
import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def knock(path: str, request: str, seconds: float) -> list[int]:
    """The status of every answer on one connection, which ends when nothing has come for a second."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)  # without a time limit, or it would fail where there is a queue
        connection.settimeout(seconds)
        output = b""
        try:
            connection.sendall(request.encode("latin-1"))
            while chunk := connection.recv(65536):
                output += chunk
                connection.settimeout(1)
        except OSError:
            pass
    return [int(code) for code in re.findall(rb"(?:^|\r\n|[^\r\n])HTTP/1\.[01] (\d{3}) ", output)] or [0]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    at_once, seconds = (1000, 120) if len(asked) == 1000 else (1, 10)  # of a thousand, the last waits for all others
    with ThreadPoolExecutor(at_once) as pool:
        print(json.dumps(list(pool.map(lambda request: knock(sys.argv[1], request, seconds), asked))))

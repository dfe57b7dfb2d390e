"""Runs where an attacker's code does: sends each request as it stands to a unix socket, and prints the answers' statuses.

Arguments: the socket. Standard input: JSON, a list of requests in latin-1. An answer that does not come is 0.
"""

import json
import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor


def knock(path: str, request: str) -> list[int]:
    """The status of every answer on one connection, which ends when there is no more for a second."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)  # without a time limit, or it would fail where there is a queue
        connection.settimeout(10)
        said = b""
        try:
            connection.sendall(request.encode("latin-1"))
            while chunk := connection.recv(65536):
                said += chunk
                connection.settimeout(1)
        except OSError:
            pass
    return [int(code) for code in re.findall(rb"(?:^|\r\n|[^\r\n])HTTP/1\.[01] (\d{3}) ", said)] or [0]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with ThreadPoolExecutor(1000 if len(asked) == 1000 else 1) as pool:
        print(json.dumps(list(pool.map(lambda request: knock(sys.argv[1], request), asked))))

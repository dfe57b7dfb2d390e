"""An HTTP client for the stack's nginx that does what browsers do: uploads, long calls, websockets."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from stackctl import limited
from stackctl.errors import StackError

SECONDS = 10
"""Timeout of a call."""


@dataclass(frozen=True)
class Response:
    """What nginx answered."""

    status: int
    body: bytes


@dataclass(frozen=True)
class NginxClient:
    """Calls to nginx. `host`: the Host header; `connect`: makes a new connection.

    Every method raises StackError if the connection fails.
    """

    host: str
    connect: Callable[[], HTTPConnection]

    def request(self, method: str, path: str, body: bytes | None = None, seconds: float = SECONDS) -> Response:
        """Send one request and read the whole response."""
        with self._connection(seconds) as connection:
            connection.request(method, path, body, {"Host": self.host})
            response = connection.getresponse()
            chunks = iter(lambda: response.read1(limited.CHUNK), b"")
            return Response(response.status, limited.joined(chunks, limited.ANSWER, "the answer"))

    def websocket_echo(self, path: str, text: bytes) -> bytes:
        """Open a websocket, send less than 126 bytes, and return what comes back (RFC 6455, sections 4.1 and 5)."""
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {"Host": self.host, "Connection": "Upgrade", "Upgrade": "websocket"}
        headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
        with self._connection(SECONDS) as connection:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            if response.status != 101:
                raise StackError(f"the answer is {response.status} instead of 101, Switching Protocols")
            mask = os.urandom(4)
            masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
            connection.sock.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)
            with connection.sock.makefile("rb") as frames:
                return frames.read(frames.read(2)[1] & 127)

    @contextmanager
    def _connection(self, seconds: float) -> Iterator[HTTPConnection]:
        try:
            with closing(self.connect()) as connection:
                connection.timeout = seconds
                yield connection
        except (OSError, HTTPException, IndexError) as error:
            raise StackError(f"the connection was lost ({type(error).__name__}: {error})") from error

"""What a browser does, through nginx, to see whether that comes through whole: uploads, long calls, websockets."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from stackctl.errors import StackError

SECONDS = 10


@dataclass(frozen=True)
class Answer:
    """What nginx gave back."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Site:
    """The stack at `host`, the name that a browser asks for. `connect`: a new connection to nginx.

    Every method raises StackError when the connection fails or breaks off.
    """

    host: str
    connect: Callable[[], HTTPConnection]

    def ask(self, method: str, path: str, body: bytes | None = None, seconds: float = SECONDS) -> Answer:
        """Send one request and read the whole answer."""
        connection = self.connect()
        connection.timeout = seconds
        try:
            connection.request(method, path, body, {"Host": self.host})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        except (OSError, HTTPException) as error:
            raise StackError(f"the connection broke off ({type(error).__name__}: {error})") from error
        finally:
            connection.close()

    def echo(self, path: str, text: bytes) -> bytes:
        """Open a websocket, send a text of less than 126 bytes, and read what comes back: RFC 6455, sections 4.1 and 5."""
        connection = self.connect()
        connection.timeout = SECONDS
        key = base64.b64encode(os.urandom(16)).decode()
        headers = {"Host": self.host, "Connection": "Upgrade", "Upgrade": "websocket"}
        headers |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            if answer.status != 101:
                raise StackError(f"it was answered with {answer.status} in place of 101, Switching Protocols")
            mask = os.urandom(4)
            masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(text))
            connection.sock.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)
            with connection.sock.makefile("rb") as frames:
                return frames.read(frames.read(2)[1] & 127)
        except (OSError, HTTPException, IndexError) as error:
            raise StackError(f"the connection broke off ({type(error).__name__})") from error
        finally:
            connection.close()

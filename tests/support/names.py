"""A name of this machine that no DNS knows, for programs in the tests' own process."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from tests.support.running import HOST, HTTPS_PORT, WEBSITE


@contextlib.contextmanager
def resolved() -> Iterator[None]:
    """HOST leads to 127.0.0.1 for everything here that asks for an address, WEBSITE to the web server of a test's own."""
    getaddrinfo = socket.getaddrinfo

    def ask(host: Any, *arguments: Any, **named: Any) -> Any:
        if host == WEBSITE:
            return getaddrinfo("127.0.0.1", HTTPS_PORT, *arguments[1:], **named)
        return getaddrinfo("127.0.0.1" if host == HOST else host, *arguments, **named)

    socket.getaddrinfo = ask
    try:
        yield
    finally:
        socket.getaddrinfo = getaddrinfo

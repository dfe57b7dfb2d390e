"""A name of this machine that no DNS knows, for programs in the tests' own process."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from tests.stack.running import HOST


@contextlib.contextmanager
def resolved() -> Iterator[None]:
    """HOST leads to 127.0.0.1 for everything here that asks for an address."""
    getaddrinfo = socket.getaddrinfo

    def ask(host: Any, *arguments: Any, **named: Any) -> Any:
        return getaddrinfo("127.0.0.1" if host == HOST else host, *arguments, **named)

    socket.getaddrinfo = ask
    try:
        yield
    finally:
        socket.getaddrinfo = getaddrinfo

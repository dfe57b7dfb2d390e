"""The hub's HTTP server, with limits of its own: notebook servers connect to it directly, past nginx."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tornado import iostream
from tornado.httpserver import HTTPServer
from tornado.routing import PathMatches, Rule, RuleRouter

from contract.network import PROXY_MAC

MAX_BODY = 256 * 1024
"""Bytes; as in nginx/snippets/hub-limits.conf."""

BODY_SECONDS = 30
IDLE_SECONDS = 60
"""How long a connection may be without a whole request; 3600 by default."""

MAX_CONNECTIONS = 100
"""Open connections of one notebook server, which needs a few: its server asks the hub, and Git when it signs in."""

NEIGHBOURS = Path("/proc/net/arp")


class HubServer(HTTPServer):
    """Tornado's server for the proxy, whose word about clients' addresses it believes. Others get ApiServer.

    It is put in place of Tornado's own by `HTTPServer.configure(HubServer, base_url=…)`.
    """

    def initialize(self, *arguments: Any, base_url: str, **named: Any) -> None:  # type: ignore[override]
        limits = {"max_body_size": MAX_BODY, "body_timeout": BODY_SECONDS}
        super().initialize(*arguments, **named | limits)
        api = Rule(PathMatches(rf"{re.escape(base_url)}hub/(api(/.*)?|health)"), self.request_callback)
        self.others = ApiServer(RuleRouter([api]), idle_connection_timeout=IDLE_SECONDS, **limits)

    def handle_stream(self, stream: iostream.IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection."""
        if is_proxy(address[0]):
            super().handle_stream(stream, address)
        else:
            self.others.handle_stream(stream, address)

    async def close_all_connections(self) -> None:
        await self.others.close_all_connections()
        await super().close_all_connections()


class ApiServer(HTTPServer):
    """For others than the proxy: the API alone, on few connections."""

    def handle_stream(self, stream: iostream.IOStream, address: tuple[Any, ...]) -> None:
        """Serve a new connection, or close it if there are too many from its address."""
        opened: Any = self._connections
        others = sum(1 for connection in opened if connection.context.address[0] == address[0])
        if others >= MAX_CONNECTIONS:
            stream.close()
        else:
            super().handle_stream(stream, address)


def is_proxy(address: str) -> bool:
    """Whether the proxy has `address` now. The firewall lets nobody else use its MAC address."""
    neighbours = (line.split() for line in NEIGHBOURS.read_text().splitlines())
    return any(fields[0] == address and fields[3] == PROXY_MAC for fields in neighbours)

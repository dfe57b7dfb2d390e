"""Sends a kernel's messages without delay.

By default, a short message waits until the proxy has acknowledged the previous one, 40 ms later (Nagle's algorithm): a cell
that takes 10 ms would take 50. https://www.tornadoweb.org/en/stable/websocket.html#tornado.websocket.WebSocketHandler.set_nodelay
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """jupyter_server's connection between a browser and a kernel, without that delay."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()

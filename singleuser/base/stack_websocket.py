"""A kernel's messages leave at once.

Tornado waits with a short message until the one before has been acknowledged, which the proxy does after 40 ms: a cell that
takes 10 ms would take 50. https://www.tornadoweb.org/en/stable/websocket.html#tornado.websocket.WebSocketHandler.set_nodelay
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """jupyter_server's connection between a browser and a kernel, without that wait."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()

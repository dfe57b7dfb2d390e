"""A stand-in for the hub: answers a notebook server's requests, and those for git's credential."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

API_TOKEN = "a-notebook-servers-token"
"""Requests with this token count as the user's."""


class Hub(ThreadingHTTPServer):
    """Knows `user`, and answers requests for a credential with `status` and `answer`: a value for JSON, or raw bytes."""

    daemon_threads = True

    def __init__(self, address: str, user: str, answer: Any) -> None:
        super().__init__((address, 0), Handler)
        self.user = user
        self.status, self.answer = 200, answer
        self.asked: list[str] = []
        """The paths of the requests for a credential, undecoded."""

    @property
    def api(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_port}/hub/api"

    @contextmanager
    def refusing(self, status: int, answer: Any) -> Iterator[None]:
        """Send this answer until the end of the block."""
        before = self.status, self.answer
        self.status, self.answer = status, answer
        try:
            yield
        finally:
            self.status, self.answer = before


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Hub
    timeout = 30

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/hub/api":  # the hub's version is public
            self.reply(200, {"version": "6.1.1"})
        elif self.headers["Authorization"] != f"token {API_TOKEN}":
            self.reply(403, {"message": "Missing or invalid credentials."})
        elif self.path.endswith("/git-credential"):
            self.server.asked.append(self.path)
            self.reply(self.server.status, self.server.answer)
        else:  # the token's user, or an activity report
            user = self.server.user
            self.reply(200, {"kind": "user", "name": user, "groups": [], "scopes": [f"access:servers!user={user}"]})

    do_GET = do_POST = handle_any  # noqa: N815

    def reply(self, status: int, value: Any) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("X-JupyterHub-Version", "6.1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: tests check `asked`."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    """Serve until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)

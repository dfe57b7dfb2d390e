"""Docker's socket as the hub has it, through a gate that can close, refuse a call, or hold one up."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

DOCKER = Path("/var/run/docker.sock")


@dataclass
class Held:
    """The next call like `pattern` ("POST .*/stop"), held up until `release`.

    Before that, Docker has done it when `done`; else Docker never gets it.
    """

    pattern: str
    done: bool
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


class EngineGate(ThreadingMixIn, UnixStreamServer):
    """What listens at `path`. It has the owner of Docker's own socket."""

    daemon_threads = True

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="engine-gate-"))  # a socket's path may be 107 bytes long
        self.path = self._folder / "docker.sock"
        self.closed = False
        self.hanging: threading.Event | None = None
        self.refused = ""
        self.held: Held | None = None
        super().__init__(str(self.path), Call)
        owner = DOCKER.stat()
        os.chown(self.path, owner.st_uid, owner.st_gid)
        self.path.chmod(owner.st_mode & 0o777)
        self._folder.chmod(0o755)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        shutil.rmtree(self._folder)

    @contextmanager
    def closes(self) -> Iterator[None]:
        """Docker answers nobody in the block, as when it is not running."""
        self.closed = True
        try:
            yield
        finally:
            self.closed = False

    @contextmanager
    def hangs(self) -> Iterator[None]:
        """Docker takes calls in the block, and leaves them without an answer."""
        self.hanging = until = threading.Event()
        try:
            yield
        finally:
            self.hanging = None
            until.set()

    @contextmanager
    def refuses(self, pattern: str) -> Iterator[None]:
        """Docker answers calls like `pattern` with an error in the block."""
        self.refused = pattern
        try:
            yield
        finally:
            self.refused = ""

    @contextmanager
    def holds(self, pattern: str, *, done: bool) -> Iterator[Held]:
        """Hold up the next call like `pattern` until the block ends."""
        self.held = held = Held(pattern, done)
        try:
            yield held
        finally:
            held.release.set()
            self.held = None


class Call(BaseHTTPRequestHandler):
    """A connection of the hub's to Docker."""

    protocol_version = "HTTP/1.1"
    server: EngineGate

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):  # the hub was killed
            super().handle_one_request()
            return
        self.close_connection = True

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def do_DELETE(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        call, gate = f"{self.command} {self.path}", self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if until := gate.hanging:
            until.wait(60)
        if gate.closed or until:
            self.close_connection = True
            return
        if gate.refused and re.fullmatch(gate.refused, call):
            self._answer(500, b'{"message": "not now"}')
            return
        held = gate.held if gate.held and re.fullmatch(gate.held.pattern, call) else None
        if held:
            gate.held = None
        if held and not held.done:
            held.arrived.set()
            held.release.wait(60)
            self.close_connection = True
            return
        status, answer = self._ask_docker(body)
        if held:
            held.arrived.set()
            held.release.wait(60)
        self._answer(status, answer)

    def _ask_docker(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("docker")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(DOCKER))
        kind = {"Content-Type": self.headers["Content-Type"]} if self.headers["Content-Type"] else {}
        connection.request(self.command, self.path, body, kind)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: what the hub asks is in the hub's log."""

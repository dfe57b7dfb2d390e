"""What comes through nginx, with a real server and client, and a handler in between that breaks something."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest

from stackctl.doctor.checks.network.through_nginx import check
from stackctl.doctor.nginx_client import NginxClient
from stackctl.doctor.notebook_probe import Handler, Server

Start = Callable[[type[Handler]], NginxClient]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server in place of a notebook server."""
    servers = []

    def run(handler: type[Handler]) -> NginxClient:
        server = Server(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        return NginxClient(f"127.0.0.1:{port}", lambda: HTTPConnection("127.0.0.1", port))

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


class Strict(Handler):
    """A server behind a proxy that allows no websockets, long calls or large uploads."""

    def do_GET(self) -> None:  # noqa: N802
        del self.headers["Connection"]
        if "silence" in self.path:
            self.connection.close()
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        self.send_error(413)


class Garbled(Handler):
    """A server behind a proxy that changes content."""

    def answer(self, body: bytes) -> None:
        super().answer(body if self.path.endswith("here") else b"other")


class Absent(Handler):
    """Something else than a notebook server answers."""

    def do_GET(self) -> None:  # noqa: N802
        self.send_error(503)


def failures(nginx: NginxClient) -> list[str]:
    return [item.message for item in check(nginx, "/user/x/", quiet_seconds=1) if item.level == "fail"]


def test_everything_comes_through(start: Start) -> None:
    assert [item.message for item in check(start(Handler), "/user/x/", quiet_seconds=1)] == [
        "A notebook server can be reached through nginx and the proxy.",
        "A websocket comes through.",
        "An upload of 5 MB comes through.",
        "A call that is silent for 1 seconds comes through.",
    ]


def test_what_a_strict_proxy_blocks(start: Start) -> None:
    websocket, upload, silence = failures(start(Strict))
    assert websocket == "A websocket does not come through: the answer is 200 instead of 101, Switching Protocols."
    assert upload.startswith("An upload of 5 MB does not come through: the ")
    assert silence.startswith("A call that is silent for 1 seconds does not come through: the connection was lost (")


def test_changed_content_fails(start: Start) -> None:
    assert failures(start(Garbled)) == ["An upload of 5 MB does not come through: it did not arrive complete."]


def test_an_error_instead_of_a_notebook_server_fails(start: Start) -> None:
    assert failures(start(Absent)) == ["A notebook server cannot be reached through nginx: the answer is 503."]

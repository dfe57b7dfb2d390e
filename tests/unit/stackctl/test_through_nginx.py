"""What comes through: a real server and a real client, and in between what takes something away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest

from stackctl.checks.through_nginx import check
from stackctl.notebook_probe import Handler, Server
from stackctl.site import Site

Start = Callable[[type[Handler]], Site]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server in place of a notebook's."""
    servers = []

    def run(handler: type[Handler]) -> Site:
        server = Server(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        return Site(f"127.0.0.1:{port}", lambda: HTTPConnection("127.0.0.1", port))

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


class Strict(Handler):
    """A server behind what knows no websockets, no long calls and no large uploads."""

    def do_GET(self) -> None:  # noqa: N802
        del self.headers["Connection"]
        if "silence" in self.path:
            self.connection.close()
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        self.send_error(413)


class Garbled(Handler):
    """A server behind what changes what it carries."""

    def answer(self, body: bytes) -> None:
        super().answer(body if self.path.endswith("here") else b"other")


class Absent(Handler):
    """What answers is no notebook server."""

    def do_GET(self) -> None:  # noqa: N802
        self.send_error(503)


def failures(site: Site) -> list[str]:
    return [item.message for item in check(site, "/user/x/", quiet_seconds=1) if item.level == "fail"]


def test_everything_comes_through(start: Start) -> None:
    assert [item.message for item in check(start(Handler), "/user/x/", quiet_seconds=1)] == [
        "A notebook server is reached through nginx and the proxy.",
        "A websocket comes through.",
        "An upload of 5 MB comes through.",
        "A call that is silent for 1 seconds comes through.",
    ]


def test_what_does_not_come_through(start: Start) -> None:
    websocket, upload, silence = failures(start(Strict))
    assert websocket == "A websocket does not come through: it was answered with 200 in place of 101, Switching Protocols."
    assert upload.startswith("An upload of 5 MB does not come through: the ")
    assert silence.startswith("A call that is silent for 1 seconds does not come through: the connection broke off (")


def test_what_comes_through_changed(start: Start) -> None:
    assert failures(start(Garbled)) == ["An upload of 5 MB does not come through: it did not arrive whole."]


def test_nobody_is_there(start: Start) -> None:
    assert failures(start(Absent)) == ["A notebook server is not reached through nginx: the answer is 503."]

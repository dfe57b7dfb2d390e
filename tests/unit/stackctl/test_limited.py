"""What is read has an end, on this machine's own network."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from stackctl import limited
from stackctl.errors import StackError

ENDLESS = itertools.repeat(b"\0" * 1000)


class Server(BaseHTTPRequestHandler):
    """Answers as many bytes as the path says, once after a redirect."""

    def do_GET(self) -> None:
        if self.path == "/drip":
            self.drip()
            return
        moved = self.path.startswith("/moved")
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", self.path.removeprefix("/moved"))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"x" * (10**8 if moved else int(self.path.rpartition("/")[2])))

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):  # when nobody listens any more
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_has_no_end_is_refused_or_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limited.joined([b"a", b"b"], 2, "it") == b"ab"
    with pytest.raises(StackError, match="it is larger than 1 MB"):
        limited.joined(ENDLESS, limited.MB, "it")
    assert len(limited.cut(ENDLESS)) == limited.LOG
    assert limited.cut([b"a", b"b"]) == b"ab"
    monkeypatch.setattr(limited, "SECONDS", 0.05)
    with pytest.raises(StackError, match="it took longer than"):
        limited.joined(itertools.repeat(b""), 1, "it")


@pytest.mark.parametrize("path", ["", "/moved"])
def test_answers_have_a_limit(url: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "ANSWER", 100_000)
    with limited.Session() as session:
        assert session.get(f"{url}{path}/100000").text == "x" * 100_000
        with pytest.raises(requests.RequestException, match="the answer is larger than"):
            session.get(f"{url}{path}/100001")


def test_an_answer_that_drips_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited, "SECONDS", 0.3)
    began = time.monotonic()
    with limited.Session() as session, pytest.raises(requests.RequestException, match="the answer took longer than"):
        session.get(f"{url}/drip")
    assert time.monotonic() - began < 2

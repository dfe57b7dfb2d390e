"""Whose clock this server's is compared with, and how far they may be apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from stackctl.doctor.checks.server.clock import check
from stackctl.host import apt, web
from stackctl.settings import Settings


class Late(BaseHTTPRequestHandler):
    """A server whose clock is an hour behind."""

    def do_HEAD(self) -> None:
        self.send_response(404)
        self.end_headers()

    def date_time_string(self, _: float | None = None) -> str:
        return formatdate(time.time() - 3600, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def late() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Late) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/simple"
        server.shutdown()


def test_another_clock(late: str) -> None:
    theirs = web.clock(late, Settings.model_construct())
    assert theirs is not None
    found = check(theirs, "the mirror's")
    assert found.level == "warn"
    assert found.message.startswith("This server's clock is 36")
    assert found.message.endswith(" seconds ahead of the mirror's.")


@pytest.mark.parametrize(("seconds", "level"), [(0, "ok"), (28, "ok"), (-28, "ok"), (32, "warn"), (-32, "warn")])
def test_how_far_apart(seconds: int, level: str) -> None:
    assert check(time.time() + seconds, "GitLab's").level == level


def test_nobody_to_ask() -> None:
    assert web.clock("http://127.0.0.1:9/", Settings.model_construct()) is None


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (
            "echo copy:/cdrom; echo http://mirror.example.org/ubuntu/; echo http://other.example.org/",
            "http://mirror.example.org/ubuntu/",
        ),
        ("exit 1", ""),
    ],
)
def test_a_mirror_of_any_distribution_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: str
) -> None:
    tool = tmp_path / "apt-get"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert apt.web_mirror() == found


def test_no_apt_no_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert apt.web_mirror() == ""

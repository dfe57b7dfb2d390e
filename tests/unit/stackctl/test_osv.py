"""What is asked of OSV, from a server on this machine, and what becomes of its answers, of their absence too."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from stackctl import osv
from stackctl.checks.vulnerabilities import Asked, Vulnerability, check
from stackctl.errors import StackError
from stackctl.osv import Osv
from stackctl.settings import Settings

SETTINGS = Settings.model_validate({})
JINJA = Asked("PyPI", "jinja2", "3.1.2")
FINE = Asked("npm", "winston", "3.19.0")
OPENSSL = Asked("Debian:13", "openssl", "3.5.1-1")
IDS = {
    "jinja2": ["GHSA-a", "PYSEC-a", "GHSA-gone", "GHSA-open"],
    "openssl": ["DSA-6000-1", "DEBIAN-CVE-2026-1"],
}


def record(fixed: list[str], aliases: list[str], **more: Any) -> dict[str, Any]:
    ranges = [
        {"type": "GIT", "events": [{"fixed": "99f00"}]},
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *({"fixed": it} for it in fixed)]},
    ]
    other = {"package": {"name": "other"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "3.1.3"}]}]}
    return {"aliases": aliases, "affected": [other, {"package": {"name": "Jinja2"}, "ranges": ranges}]} | more


RECORDS = {
    "GHSA-a": record(["2.11.3", "3.1.10", "3.1.6"], ["PYSEC-a", "CVE-2025-1"], summary="A way\n out"),
    "PYSEC-a": record([], ["CVE-2025-1", "GHSA-a"]),
    "GHSA-gone": record(["4"], ["CVE-2025-2"], withdrawn="2025-01-01T00:00:00Z"),
    "GHSA-open": record([], []),
}


class Server(ThreadingHTTPServer):
    """OSV; `status` and `content` in place of its own answers."""

    status, content = 200, ""
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.server.asked.append(f"{self.path} {len(queries)}")
        self.answer({"results": [self.result(query["package"]["name"], query["page_token"]) for query in queries]})

    def result(self, name: str, page: str) -> dict[str, Any]:
        """One id a page, for a package with any."""
        at = int(page or 0)
        following = {"next_page_token": str(at + 1)} if len(IDS.get(name, [])) > at + 1 else {}
        return {"vulns": [{"id": IDS[name][at]}]} | following if name in IDS else {}

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.answer(RECORDS[self.path.rpartition("/")[2]])

    def answer(self, value: Any) -> None:
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write((self.server.content or json.dumps(value)).encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield running
        running.shutdown()


def test_each_vulnerability_once_and_only_what_can_be_acted_on(server: Server) -> None:
    assert Osv(f"{server.url}/", SETTINGS).known([JINJA, FINE, OPENSSL]) == {
        JINJA: [Vulnerability("CVE-2025-1", "A way out", "3.1.6"), Vulnerability("GHSA-open")],
        OPENSSL: [Vulnerability("DSA-6000-1")],
    }
    assert sorted(server.asked) == [
        *(f"/v1/querybatch {count}" for count in (1, 1, 2, 3)),
        *sorted(f"/v1/vulns/{ident}" for ident in RECORDS),
    ]


def test_many_packages_are_asked_about_in_parts(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(osv, "AT_ONCE", 1)
    assert list(Osv(server.url, SETTINGS).known([FINE, OPENSSL])) == [OPENSSL]
    assert server.asked == ["/v1/querybatch 1", "/v1/querybatch 1", "/v1/querybatch 1"]


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (503, "", "it answered 503"),
        (200, "<html>", "it answered something else than JSON"),
        (200, "[]", "it answered something else than a list of vulnerabilities"),
        (200, '{"results": [{"vulns": [1]}]}', "it answered something else than a list of vulnerabilities"),
    ],
)
def test_another_answer_is_said(server: Server, status: int, content: str, said: str) -> None:
    server.status, server.content = status, content
    with pytest.raises(StackError) as caught:
        Osv(server.url, SETTINGS).known([JINJA])
    assert caught.value.message == said


def test_nobody_is_there() -> None:
    with pytest.raises(StackError, match="no connection"):
        Osv("http://127.0.0.1:9", SETTINGS).known([JINJA])


def test_what_is_said_of_it() -> None:
    images = {JINJA: ["hub"], OPENSSL: ["hub", "gate"], FINE: ["proxy"]}
    many = [Vulnerability(f"CVE-{number}", "", "4.0") for number in range(5)]
    known = {JINJA: [Vulnerability("CVE-1", "A way out", "3.1.6")], OPENSSL: [Vulnerability("DSA-6000-1")], FINE: many}
    found = {item.message: item for item in check(known, images, "rebuild")}
    jinja = found["jinja2 3.1.2 in hub is known to be vulnerable: CVE-1 (A way out)."]
    debian = found["openssl 3.5.1-1 in hub, gate is known to be vulnerable: DSA-6000-1."]
    assert (jinja.level, debian.level, debian.fix) == ("fail", "fail", "rebuild")
    assert jinja.fix.startswith("Mended in 3.1.6: ")
    assert "winston 3.19.0 in proxy is known to be vulnerable: CVE-0, CVE-1, CVE-2 and 2 more." in found
    (unmended,) = check({JINJA: [Vulnerability("CVE-1")]}, images, "")
    assert (unmended.level, unmended.fix) == ("warn", "There is no version without it yet.")
    (well,) = check({}, images, "")
    assert (well.level, well.message) == ("ok", "Of 3 packages, none is known to be vulnerable.")

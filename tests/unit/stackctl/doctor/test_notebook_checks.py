"""The probe of a notebook, run on this machine, and the findings from its results."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from stackctl.doctor import notebook_probe
from stackctl.doctor.checks.network.notebook import hub as hub_check
from stackctl.doctor.checks.network.notebook import internet, isolation

HUB = "http://hub:8081/hub/api"
WELL: dict[str, Any] = {"addresses": {"hub": ["172.18.0.3"], "mirror": ["10.0.0.1"]}, "hub": "", "index": []}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({}, []),
        ({"addresses": {"hub": [], "mirror": ["10.0.0.1"]}}, ["fail: A notebook does not find the hub"]),
        ({"hub": "timed out"}, [f"fail: A notebook does not reach the hub: {HUB} answers timed out."]),
        ({"addresses": {"hub": ["172.18.0.3"], "mirror": []}}, ["fail: A notebook cannot look up mirror."]),
        ({"index": ["no route"]}, ["fail: pip in a notebook does not find its index."]),
        ({"index": None}, ["warn: pip's index was not checked"]),
    ],
)
def test_findings(seen: dict[str, Any], expected: list[str]) -> None:
    results = WELL | seen
    checks = [hub_check(results, HUB, "stackhub-users"), *internet(results)]
    found = [f"{item.level}: {item.message}" for item in checks if item.level != "ok"]
    assert len(found) == len(expected)
    assert all(one.startswith(other) for one, other in zip(found, expected, strict=True))


class Hub(BaseHTTPRequestHandler):
    """The hub's API, in one of its states."""

    def do_GET(self) -> None:
        body = {"/version": b'{"version": "6"}', "/page": b"<html>", "/other": b"{}"}.get(self.path)
        self.send_response(200 if body else 503)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_answer_of_the_hubs_api(hub: str) -> None:
    assert notebook_probe.api(f"{hub}/version") == ""
    assert notebook_probe.api(f"{hub}/starting") == "503"
    assert notebook_probe.api(f"{hub}/other") == "an answer that is not JupyterHub's"
    assert "Expecting value" in notebook_probe.api(f"{hub}/page")
    assert "refused" in notebook_probe.api("http://127.0.0.1:9/")


def test_an_index_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    assert "No matching distribution found for pip" in " ".join(notebook_probe.index() or [])


def test_addresses_of_names() -> None:
    assert notebook_probe.addresses("no-such-host.invalid") == []
    assert "127.0.0.1" in notebook_probe.addresses("localhost")


def test_what_a_notebook_must_not_reach() -> None:
    assert isolation([], on=True).level == "ok"
    found = isolation(["the proxy", "this server (10.0.0.1)"], on=True)
    assert (found.level, found.message) == ("fail", "A notebook reaches the proxy, this server (10.0.0.1).")
    found = isolation([], on=False)
    assert (found.level, "STACK_ISOLATION=off" in found.message) == ("warn", True)

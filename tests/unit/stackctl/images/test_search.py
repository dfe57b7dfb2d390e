"""quay.io's answers, from a local server. If one registry does not answer, the other still does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.images import search
from stackctl.images.search import SearchResult
from stackctl.settings import Settings

SETTINGS = Settings.model_validate({})
ANSWER = {
    "results": [
        {"namespace": {"name": "jupyter"}, "name": "scipy-notebook", "description": "One\n two", "popularity": 12.7},
        {"namespace": {"name": "lab"}, "name": "nb", "description": None},
    ]
}


class Quay(HTTPServer):
    """Answers with `content`, and keeps what it was asked."""

    status, content = 200, json.dumps(ANSWER)
    asked: dict[str, list[str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/v1/find/repositories"


class Handler(BaseHTTPRequestHandler):
    server: Quay

    def do_GET(self) -> None:
        self.server.asked = parse_qs(urlsplit(self.path).query)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.content.encode())

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def quay() -> Iterator[Quay]:
    with Quay(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


class Hub:
    """An engine whose search finds one image, or does not reach Docker Hub."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem

    def search(self, word: str, _silence: float) -> list[dict[str, Any]]:
        if self.problem:
            raise StackError(self.problem)
        return [{"name": f"{word}/x", "star_count": 5, "description": "d", "is_official": False}]


def engine(problem: str = "") -> Engine:
    return cast(Engine, Hub(problem))


def test_the_form_of_quay_ios_answer(quay: Quay) -> None:
    assert search.quay_io(SETTINGS, "a & b", quay.url) == [
        SearchResult("quay.io/jupyter/scipy-notebook", 12, "One two", "quay.io"),
        SearchResult("quay.io/lab/nb", 0, "", "quay.io"),
    ]
    assert quay.asked == {"query": ["a & b"]}


@pytest.mark.parametrize("content", ["<html>", "[]", '{"results": [1]}', '{"results": [{"name": "x"}]}', "null"])
def test_an_answer_of_another_form(quay: Quay, content: str) -> None:
    quay.content = content
    with pytest.raises(StackError, match=r"not a list of images|JSON"):
        search.quay_io(SETTINGS, "x", quay.url)


def test_an_http_status_of_an_error(quay: Quay) -> None:
    quay.status = 503
    with pytest.raises(StackError, match="503"):
        search.quay_io(SETTINGS, "x", quay.url)


def test_the_proxy_of_the_settings_is_used(quay: Quay) -> None:
    settings = Settings.model_validate({"http_proxy": f"http://127.0.0.1:{quay.server_port}"})
    assert search.quay_io(settings, "x", "http://quay.test/api/v1/find/repositories")


def test_both_registries_are_searched(quay: Quay) -> None:
    found, problems = search.search(engine(), SETTINGS, "x", quay.url)
    assert [item.where for item in found] == ["Docker Hub", "quay.io", "quay.io"]
    assert problems == {}


def test_one_unreachable_registry_leaves_the_other(quay: Quay) -> None:
    found, problems = search.search(engine("no route"), SETTINGS, "x", quay.url)
    assert (len(found), problems) == (2, {"Docker Hub": "no route"})


def test_no_registry_can_be_reached() -> None:
    found, problems = search.search(engine("no route"), SETTINGS, "x", "http://127.0.0.1:9/")
    assert found == []
    assert problems == {"Docker Hub": "no route", "quay.io": "no connection (ConnectionError)"}


def test_a_search_without_end_is_given_up(quay: Quay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "DEADLINE", 0.2)
    monkeypatch.setattr(search, "docker_hub", lambda *_: threading.Event().wait(5))
    found, problems = search.search(engine(), SETTINGS, "x", quay.url)
    assert len(found) == 2
    assert list(problems) == ["Docker Hub"]

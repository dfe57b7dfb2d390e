"""The hub's API, spoken to a small server that answers as the hub does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from stackctl.errors import NotRunningError, StackError
from stackctl.stack import hub_api
from stackctl.stack.hub_api import HubAPI

NAMES = [f"user-{number:03}" for number in range(450)]


class Hub(BaseHTTPRequestHandler):
    """Knows `NAMES`, takes any account but one, and wants a token."""

    seen: list[tuple[str, str, Any]]

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        self.seen.append((self.command, self.path, body))
        if self.headers["Authorization"] != "token right":
            self.reply(403, {"status": 403, "message": "Missing or invalid credentials."})
        elif self.command == "GET":
            query = parse_qs(urlsplit(self.path).query)
            offset, limit = int(query["offset"][0]), int(query["limit"][0])
            rest = {"offset": offset + limit} if offset + limit < len(NAMES) else None
            page = [{"name": name} for name in NAMES[offset : offset + limit]]
            self.reply(200, {"items": page[::-1], "_pagination": {"next": rest}})
        elif self.command == "PUT":
            self.reply(201, {"name": "alice", "admin": False, "created": True})
        else:
            self.send_error(502)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

    def reply(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    Hub.seen = []
    server = HTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hub/api"
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def test_all_pages_of_users_in_the_order_of_their_names(url: str) -> None:
    assert [user["name"] for user in HubAPI(url, "right").users()] == NAMES
    assert len(Hub.seen) == len(NAMES) // hub_api.PAGE + 1


@pytest.mark.parametrize(("name", "path"), [("alice", "alice"), ("../x", "..%2Fx"), ("a b", "a%20b"), ("é", "%C3%A9")])
def test_a_name_stays_one_part_of_the_path(url: str, name: str, path: str) -> None:
    HubAPI(url, "right").set_account(name, "a password", admin=True)
    assert Hub.seen == [("PUT", f"/hub/api/users/{path}/account", {"password": "a password", "admin": True})]


def test_the_hubs_own_words_when_it_refuses(url: str) -> None:
    with pytest.raises(StackError, match=r"The hub rejected this: Missing or invalid credentials\."):
        HubAPI(url, "wrong").users()


def test_an_answer_that_is_not_the_hubs(url: str) -> None:
    with pytest.raises(StackError, match="The hub rejected this: 502 Bad Gateway"):
        HubAPI(url, "right").remove_user("alice")


def test_a_user_is_removed_once_the_hub_is_done_with_their_server(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterHub answers with 500 to stopping a server that it is checking, as it does after its own start."""
    states = iter(["check", "check", None])
    asked = []

    def users(_: HubAPI) -> list[dict[str, Any]]:
        asked.append(next(states))
        return [{"name": "alice", "servers": {"": {"pending": asked[-1]}}}, {"name": "bob", "servers": {}}]

    monkeypatch.setattr(HubAPI, "users", users)
    with pytest.raises(StackError, match="502"):
        HubAPI(url, "right").remove_user("alice")
    assert asked == ["check", "check", None]
    assert [command for command, *_ in Hub.seen] == ["DELETE"]


def test_no_answer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # not for the hub, which is on this machine
    assert HubAPI(url, "right").users()
    with pytest.raises(NotRunningError, match="The hub does not answer"):
        HubAPI("http://127.0.0.1:9/hub/api", "right").check_routes()

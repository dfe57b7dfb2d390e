"""The hub's HTTP server, on this machine's own network. Whether somebody is the proxy is a line of a file here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tornado import web
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from contract.network import PROXY_MAC
from stackhub import http_server
from stackhub.http_server import MAX_BODY, MAX_CONNECTIONS, HubServer

HEADER = "IP address       HW type     Flags       HW address            Mask     Device\n"


class Echo(web.RequestHandler):
    """Says what the hub would believe."""

    def get(self) -> None:
        self.finish(json.dumps({"client": self.request.remote_ip, "protocol": self.request.protocol}))

    def post(self) -> None:
        self.finish(str(len(self.request.body)))


@pytest.fixture(autouse=True)
def neighbours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give 127.0.0.1 a MAC address. At first it has none, as a notebook server has another than the proxy's."""
    path = tmp_path / "arp"
    path.write_text(HEADER)
    monkeypatch.setattr(http_server, "NEIGHBOURS", path)
    return lambda mac: void(path.write_text(f"{HEADER}127.0.0.1        0x1         0x2         {mac}     *        eth0\n"))


def void(_: object) -> None:
    return None


@pytest.fixture
def configured() -> Iterator[None]:
    HTTPServer.configure(HubServer, base_url="/jupyter/")
    yield
    HTTPServer.configure(None)


def asked(scenario: Callable[[int], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        server = HTTPServer(web.Application([(".*", Echo)]), xheaders=True)
        listening, port = bind_unused_port()
        server.add_socket(listening)
        try:
            return await scenario(port)
        finally:
            server.stop()
            await server.close_all_connections()

    return asyncio.run(run())


async def answer(port: int, request: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    text = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    return text


def get(path: str, headers: str = "") -> str:
    return str(asked(lambda port: answer(port, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")))


def post(length: int, body: str = "") -> str:
    head = f"POST /jupyter/hub/api/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    return str(asked(lambda port: answer(port, head + body)))


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/jupyter/hub/api", 200),
        ("/jupyter/hub/api/", 200),
        ("/jupyter/hub/api/users/alice/activity?x=1", 200),
        ("/jupyter/hub/health", 200),
        ("/jupyter/hub/login", 404),
        ("/jupyter/hub/health/../login", 404),
        ("/jupyter/hub/apis", 404),
        ("/jupyter/user/alice/", 404),
        ("/hub/api/", 404),
        ("/", 404),
        ("http://x/jupyter/hub/login", 404),
    ],
)
def test_others_than_the_proxy_reach_the_api_alone(neighbours: Callable[[str], None], path: str, status: int) -> None:
    assert get(path).startswith(f"HTTP/1.1 {status} ")
    neighbours(PROXY_MAC)
    assert get(path).startswith("HTTP/1.1 200 ")


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(("mac", "client"), [("02:00:00:00:00:77", "127.0.0.1"), (PROXY_MAC, "198.51.100.7")])
def test_the_proxy_alone_says_who_a_client_is(neighbours: Callable[[str], None], mac: str, client: str) -> None:
    neighbours(mac)
    told = get("/jupyter/hub/api/", "X-Real-IP: 198.51.100.7\r\nX-Forwarded-For: 198.51.100.8\r\nX-Scheme: https\r\n")
    body = json.loads(told.split("\r\n\r\n")[1])
    assert body == {"client": client, "protocol": "https" if mac == PROXY_MAC else "http"}


@pytest.mark.usefixtures("configured")
def test_a_large_body_is_refused_before_it_is_there() -> None:
    assert post(MAX_BODY, "x" * MAX_BODY).endswith(str(MAX_BODY))
    assert post(MAX_BODY + 1).startswith("HTTP/1.1 400 "), "Tornado's answer"


@pytest.mark.usefixtures("configured")
def test_a_body_that_never_ends_and_an_idle_connection_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(http_server, "IDLE_SECONDS", 0.2)
    assert post(10, "x") == ""
    assert asked(lambda port: answer(port, "")) == ""
    assert asked(lambda port: answer(port, "GET /jupyter/hub/api/ HTTP/1.1\r\nHost:")) == ""


@pytest.mark.usefixtures("configured")
def test_one_address_has_at_most_so_many_connections(neighbours: Callable[[str], None]) -> None:
    request = "GET /jupyter/hub/api/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    async def scenario(port: int) -> list[bool]:
        answered = []
        with ExitStack() as ending:
            for _ in range(MAX_CONNECTIONS):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                ending.callback(writer.close)
            await asyncio.sleep(0.1)
            answered.append(bool(await answer(port, request)))
            neighbours(PROXY_MAC)
            answered.append(bool(await answer(port, request)))
            neighbours("02:00:00:00:00:77")
        await asyncio.sleep(0.1)
        answered.append(bool(await answer(port, request)))
        return answered

    assert asked(scenario) == [False, True, True]

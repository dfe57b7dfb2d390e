"""nginx by itself, as the stack has it, with a stand-in for all that is behind it, which answers what a test wants."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import docker

from tests.support.pki import issue
from tests.support.waiting import wait_until

DEFAULTS = {"STACK_HOST": "", "STACK_TLS": "selfsigned", "STACK_HTTPS_PORT": "443"}
DEFAULTS |= {"STACK_TRUSTED_PROXIES": "127.0.0.1", "STACK_BASE_URL": "/", "STACK_SUBDOMAINS": "off"}
Headers = list[tuple[str, str]]


class Behind(ThreadingMixIn, UnixStreamServer):
    """In place of the proxy, and of the hub and the notebook servers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), Handler)
        path.chmod(0o777)
        self.headers: Headers = []
        """What each answer has."""
        self.hosts: list[str] = []
        """The Host of each request."""
        self.upgrades: list[tuple[str, str | None]] = []
        """The method of each request, and what it would be upgraded to."""


class Handler(BaseHTTPRequestHandler):
    """A connection's requests."""

    protocol_version = "HTTP/1.1"
    server: Behind

    def do_GET(self) -> None:
        self.server.hosts.append(self.headers["Host"])
        self.server.upgrades.append((self.command, self.headers["Upgrade"]))
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        body = str(length).encode()
        self.send_response_only(200)
        ending = [("Connection", "close")] if "Transfer-Encoding" in self.headers else []  # such a body is not read
        for name, value in [*self.server.headers, *ending, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Headers = field(repr=False)
    text: str = field(repr=False)

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for known, value in self.headers if known.lower() == name.lower()]


@dataclass
class Front:
    """nginx at `address`, and what is behind it."""

    address: str
    tls: bool
    behind: Behind
    no_route: Path
    """The socket to which the proxy sends what it has no route for."""

    def connect(self) -> HTTPConnection:
        """A connection of its own."""
        if not self.tls:
            return HTTPConnection(self.address, 8080, timeout=10)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return HTTPSConnection(self.address, 8443, timeout=10, context=context)

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """One request; `Host` is what the connection says, if it is not among the headers."""
        return self.ask_often([(method, path)], body, **headers)[0]

    def ask_no_route(self, path: str, method: str = "GET", body: bytes = b"", host: str = "localhost") -> Answer:
        """One request as the proxy sends it where it has no route."""
        connection = UnixConnection(str(self.no_route))
        try:
            connection.request(method, path, body, {"Host": host})
            return read(connection.getresponse())
        finally:
            connection.close()

    def ask_often(self, requests: list[tuple[str, str]], body: bytes = b"", **headers: str) -> list[Answer]:
        """Several requests on one connection, one after the other."""
        connection = self.connect()
        answers = []
        try:
            for method, path in requests:
                connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
                answers.append(read(connection.getresponse()))
        finally:
            connection.close()
        return answers


class UnixConnection(HTTPConnection):
    """HTTP over a socket file, whose path is the host."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.host)


def read(answer: HTTPResponse) -> Answer:
    return Answer(answer.status, answer.getheaders(), answer.read().decode())


@contextmanager
def front(image: str, folder: Path, **settings: str) -> Iterator[Front]:
    """nginx of this image with these settings. `folder` is for the sockets, and the certificate."""
    settings = DEFAULTS | settings
    tls = bool(settings["STACK_HOST"]) and settings["STACK_TLS"] != "off"
    for name in ("edge", "tls"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    site = issue("A host", names=["hub.example.org"])
    (folder / "tls" / "site.pem").write_text(site.pem + site.key_pem())
    mounts = {str(folder / name): {"bind": f"/run/{name}", "mode": "rw"} for name in ("edge", "tls")}
    behind = Behind(folder / "edge" / "proxy.sock")
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    container = docker.from_env().containers.run(image, environment=settings, volumes=mounts, detach=True, init=True)
    try:
        container.reload()
        address = container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        wait_until(lambda: listens(address, 8443 if tls else 8080), 10, "nginx listens")
        yield Front(address, tls, behind, folder / "edge" / "no-route.sock")
    finally:
        container.remove(force=True)
        behind.shutdown()
        behind.server_close()


def listens(address: str, port: int) -> bool:
    """Whether a connection is taken there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def wait_until_closed(connection: socket.socket, seconds: float) -> None:
    """Wait until the other side ends a connection; what it says before does not count. Raises TimeoutError."""
    connection.settimeout(seconds)
    with suppress(ConnectionError):
        while connection.recv(4096):
            pass

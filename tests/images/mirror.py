"""A package mirror behind a company's own CA, standing in for one: it hands on what the real mirrors answer."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from stackctl import settings
from tests.support.checkout import ROOT, run

PASSWORD = "5tack-mirr0r-passw0rd"
"""In every address, and so to be found wherever an address was left."""


class Mirror(ThreadingHTTPServer):
    """Listens on `address`, with a certificate that no machine knows, and hands on `/KIND/…` to `upstream[KIND]`/…."""

    daemon_threads = True
    name = "mirror.test"
    """What it is called in builds: pip takes no address for a host with a certificate."""

    def __init__(self, address: str, upstream: dict[str, str], folder: Path) -> None:
        super().__init__((address, 0), Handler)
        self.upstream = {kind: address.rstrip("/") for kind, address in upstream.items()}
        self.session = requests.Session()
        self.session.verify = str(settings.load(ROOT).stack_ca_bundle)  # the real mirrors, as this machine trusts them
        self.asked: set[str] = set()
        """The kinds that were asked for with the password."""
        self.ca, key = folder / "ca.pem", folder / "key.pem"
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=A company"]
        alternative = f"subjectAltName=DNS:{self.name},IP:{address}"
        run(*new, "-addext", alternative, "-keyout", str(key), "-out", str(self.ca))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def address(self) -> str:
        return str(self.server_address[0])

    def url(self, kind: str, host: str = name) -> str:
        """The mirror setting for a kind of package."""
        return f"https://builder:{PASSWORD}@{host}:{self.server_port}/{kind}"

    @property
    def marks(self) -> list[bytes]:
        """What must not be in a finished image: name, address, password, certificate."""
        certificate = self.ca.read_text().splitlines()[3]
        texts = [self.name, f"{self.address}:{self.server_port}", PASSWORD, certificate]
        return [text.encode() for text in texts]


class Handler(BaseHTTPRequestHandler):
    """A connection's requests."""

    protocol_version = "HTTP/1.1"
    server: Mirror
    timeout = 60

    def do_GET(self) -> None:
        kind, _, path = self.path.lstrip("/").partition("/")
        if kind not in self.server.upstream:  # npm knows its mirrors by their host only
            kind, path = "npm", self.path.lstrip("/")
        if "Authorization" in self.headers:
            self.server.asked.add(kind)
        asked = {name: self.headers[name] for name in ("Accept", "Range", "If-Modified-Since") if name in self.headers}
        headers = {"Accept-Encoding": "identity", **asked}
        answer = self.server.session.get(f"{self.server.upstream[kind]}/{path}", headers=headers, timeout=50)
        self.send_response(answer.status_code)
        for name in ("Content-Type", "Last-Modified", "ETag"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Nothing: `asked` is what the tests look at."""


@contextmanager
def running(mirror: Mirror) -> Iterator[Mirror]:
    """Serve until the end of the block."""
    thread = threading.Thread(target=mirror.serve_forever, daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        mirror.shutdown()
        mirror.server_close()
        thread.join(timeout=10)


def apt_upstream(image: str) -> str:
    """The Debian mirror that an image's own apt is set to."""
    script = "cat /etc/apt/sources.list /etc/apt/sources.list.d/* || true"
    listed = run("docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script)
    return str(next(address for address in re.findall(r"https?://\S+", listed) if "security" not in address))


def pypi_upstream(image: str) -> str:
    """Where an image's pip looks by default."""
    script = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return run("docker", "run", "--rm", "--network", "none", "--entrypoint", "python", image, "-c", script).strip()


def npm_upstream(image: str) -> str:
    """Where an image's npm looks by default."""
    return run("docker", "run", "--rm", "--network", "none", image, "npm", "config", "get", "registry").strip()

"""A git server with TLS of its own and one private repository, through git's own `http-backend`."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.checkout import run

PREFIX = "/gitlab"
"""The repositories are below it, as those of a GitLab that is not alone on its host."""


class GitServer(ThreadingHTTPServer):
    """`team/private.git`, one commit, readable with the user name `oauth2` and `token`. Its certificate is its own CA.

    Two servers with the same `folder` have the same certificate.
    """

    daemon_threads = True

    def __init__(self, address: str, folder: Path, token: str) -> None:
        super().__init__((address, 0), Handler)
        self.folder, self.token = folder, token
        self.seen: list[tuple[str, str]] = []
        """Path and Authorization header of each request, without their queries."""
        self.ca, key = folder / "ca.pem", folder / "key.pem"
        if not self.ca.exists():
            self.certify(address, key)
            self.add("team/private.git")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def certify(self, address: str, key: Path) -> None:
        new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=A private CA"]
        run(*new, "-addext", f"subjectAltName=IP:{address}", "-keyout", str(key), "-out", str(self.ca))

    @property
    def origin(self) -> str:
        return f"https://{self.server_address[0]!s}:{self.server_port}"

    @property
    def url(self) -> str:
        return self.origin + PREFIX

    @property
    def authorization(self) -> str:
        """The header that gets in."""
        return "Basic " + base64.b64encode(f"oauth2:{self.token}".encode()).decode()

    def add(self, name: str) -> None:
        """Make a repository with one commit."""
        path = str(self.folder / name)
        run("git", "init", "--quiet", "--bare", "--initial-branch=main", path)
        tree = run("git", "-C", path, "hash-object", "-w", "-t", "tree", "/dev/null").strip()
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        commit = run("git", "-C", path, *author, "commit-tree", "-m", "First", tree).strip()
        run("git", "-C", path, "update-ref", "refs/heads/main", commit)

    def log(self, form: str, name: str = "team/private.git") -> list[str]:
        """The commits of the main branch, newest first, in a form of `git log`."""
        return run("git", "-C", str(self.folder / name), "log", f"--format={form}", "main").splitlines()


class Handler(BaseHTTPRequestHandler):
    """One request of git's: https://git-scm.com/docs/git-http-backend."""

    protocol_version = "HTTP/1.1"
    server: GitServer
    timeout = 30

    def handle_any(self) -> None:
        body, url = self.body(), urlsplit(self.path)
        given = self.headers.get("Authorization", "")
        self.server.seen.append((url.path, given))
        if given != self.server.authorization:
            self.reply(401, {"WWW-Authenticate": 'Basic realm="GitLab"'}, b"HTTP Basic: Access denied\n")
        elif not url.path.startswith(f"{PREFIX}/"):
            self.reply(404, {}, b"")
        else:
            self.backend(url.path.removeprefix(PREFIX), url.query, body)

    do_GET = do_POST = handle_any  # noqa: N815

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def backend(self, path: str, query: str, body: bytes) -> None:
        environment = os.environ | {
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "oauth2",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        command = ["git", "http-backend"]
        ran = subprocess.run(command, input=body, env=environment, capture_output=True, timeout=30, check=True)
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.reply(int(headers.pop("Status", "200").split()[0]), headers, content)

    def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: `seen` is what the tests look at."""

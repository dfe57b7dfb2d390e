"""A container registry on this machine, Debian's own, tiny images in it, and a proxy in front of it that can go wrong."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from tests.support.machine import free_port
from tests.support.waiting import wait_until

PROGRAM = "/usr/bin/docker-registry"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
CHUNK = 16384


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def layer(name: str, content: bytes) -> bytes:
    """A layer with one file in it."""
    with io.BytesIO() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        return archive.getvalue()


@dataclass(frozen=True)
class Registry:
    """The registry itself. Docker takes what is on 127.0.0.0/8 without TLS."""

    address: str

    def push(self, name: str, *files: bytes, tag: str = "1", user: str = "1000", architecture: str = "amd64") -> str:
        """Put an image there with a layer for each of `files`; the digest of its manifest."""
        layers = [layer(f"file{number}", content) for number, content in enumerate(files)]
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"User": user, "Cmd": ["/file0"]},
            "rootfs": {"type": "layers", "diff_ids": [digest(item) for item in layers]},
        }
        packed = [gzip.compress(item, mtime=0) for item in layers]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._blob(name, json.dumps(config).encode(), "application/vnd.docker.container.image.v1+json"),
            "layers": [self._blob(name, item, "application/vnd.docker.image.rootfs.diff.tar.gzip") for item in packed],
        }
        return self._manifest(name, tag, manifest)

    def manifest(self, name: str, tag: str) -> dict[str, Any]:
        """An image's manifest."""
        url = f"http://{self.address}/v2/{name}/manifests/{tag}"
        return dict(requests.get(url, headers={"Accept": MANIFEST}, timeout=30).json())

    def push_list(self, name: str, architecture: str, tag: str = "1") -> str:
        """Put an image there for one kind of processor only, in a list of manifests; the list's digest."""
        image = self.push(name, b"x", tag=f"{tag}-{architecture}", architecture=architecture)
        url = f"http://{self.address}/v2/{name}/manifests/{image}"
        size = len(requests.get(url, headers={"Accept": MANIFEST}, timeout=30).content)
        entry = {"mediaType": MANIFEST, "digest": image, "size": size}
        entry["platform"] = {"architecture": architecture, "os": "linux"}
        return self._manifest(name, tag, {"schemaVersion": 2, "mediaType": LIST, "manifests": [entry]})

    def _manifest(self, name: str, tag: str, manifest: dict[str, Any]) -> str:
        content = json.dumps(manifest).encode()
        url, headers = f"http://{self.address}/v2/{name}/manifests/{tag}", {"Content-Type": manifest["mediaType"]}
        requests.put(url, data=content, headers=headers, timeout=30).raise_for_status()
        return digest(content)

    def _blob(self, name: str, content: bytes, kind: str) -> dict[str, Any]:
        begun = requests.post(f"http://{self.address}/v2/{name}/blobs/uploads/", timeout=30)
        begun.raise_for_status()
        place = begun.headers["Location"]
        url = place if "://" in place else f"http://{self.address}{place}"
        separator = "&" if "?" in url else "?"
        requests.put(f"{url}{separator}digest={digest(content)}", data=content, timeout=30).raise_for_status()
        return {"mediaType": kind, "size": len(content), "digest": digest(content)}


@contextmanager
def registry(folder: Path) -> Iterator[Registry]:
    """A registry that keeps its images in `folder`."""
    address = f"127.0.0.1:{free_port()}"
    config = folder / "registry.yml"
    storage = {"filesystem": {"rootdirectory": str(folder / "registry")}}
    config.write_text(json.dumps({"version": "0.1", "storage": storage, "http": {"addr": address}}))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen([PROGRAM, "serve", str(config)], stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until(lambda: process.poll() is not None or _answers(address), 20, "a registry that answers")
        assert process.poll() is None, (folder / "registry.log").read_text()
        yield Registry(address)
    finally:
        process.terminate()
        process.wait(10)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"http://{address}/v2/", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@dataclass
class Faults:
    """What goes wrong. `only`: a pattern of the paths that it happens to."""

    only: str = ""
    status: int = 0
    """What is answered in place of anything else; 401 asks for a password."""
    cut: int = 0
    """The bytes of a blob after which the connection ends, each time from where the last one ended."""
    silent: bool = False
    rate: int = 0
    """Bytes a second that blobs come with."""
    instead: dict[str, str] = field(default_factory=dict)
    """By path, the path whose content is served."""


class Proxy(ThreadingHTTPServer):
    """In front of a registry. `asked` has every request, as "GET /v2/…"."""

    daemon_threads = True

    def __init__(self, upstream: Registry, address: str) -> None:
        super().__init__((address, 0), Handler)
        self.upstream, self.faults = upstream, Faults()
        self.asked: list[str] = []
        self.ranges: list[str] = []
        """What was asked for in part."""
        self.ended = threading.Event()

    @property
    def address(self) -> str:
        return f"{self.server_address[0]!s}:{self.server_port}"

    def blobs(self) -> list[str]:
        """The digests of the blobs that were asked for."""
        return [line.rpartition("/")[2] for line in self.asked if re.match("GET .*/blobs/", line)]


class Handler(BaseHTTPRequestHandler):
    """A connection's requests."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        faults, path = self.server.faults, self.path
        self.server.asked.append(f"{self.command} {path}")
        if "Range" in self.headers:
            self.server.ranges.append(self.headers["Range"])
        wrong = bool(re.search(faults.only, path)) if faults.only else path != "/v2/"
        if wrong and faults.silent:
            self.server.ended.wait(120)
            self.close_connection = True
            return
        if wrong and faults.status:
            self._refuse(faults.status)
            return
        path = faults.instead.get(path, path)
        asked = {name: ", ".join(self.headers.get_all(name, [])) for name in ("Accept", "Range") if name in self.headers}
        headers = {"Accept-Encoding": "identity", **asked}
        url = f"http://{self.server.upstream.address}{path}"
        with requests.request(self.command, url, headers=headers, timeout=30, allow_redirects=False) as answer:
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Docker-Content-Digest", "Content-Range", "Accept-Ranges", "Content-Length"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            if self.command == "GET":
                self._hand_on(answer.content, faults if wrong and "/blobs/" in path else Faults())

    def _hand_on(self, content: bytes, faults: Faults) -> None:
        size = min(CHUNK, faults.rate // 10) if faults.rate else CHUNK
        sent = 0
        while sent < len(content) and not self.server.ended.is_set():
            if faults.cut and sent >= faults.cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            sent += self.wfile.write(content[sent : sent + size])
            if faults.rate:
                time.sleep(size / faults.rate)

    def _refuse(self, status: int) -> None:
        codes = {401: "UNAUTHORIZED", 403: "DENIED", 404: "MANIFEST_UNKNOWN", 429: "TOOMANYREQUESTS"}
        messages = {401: "authentication required", 403: "requested access to the resource is denied"}
        error = {"code": codes.get(status, "UNKNOWN"), "message": messages.get(status, codes.get(status, "").lower())}
        content = json.dumps({"errors": [error]}).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # Docker was interrupted
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def proxy(upstream: Registry, address: str = "127.0.0.1") -> Iterator[Proxy]:
    """A proxy in front of a registry, at an address of this machine's."""
    with Proxy(upstream, address) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


def noise(size: int) -> bytes:
    """Bytes that no compression makes less of."""
    return os.urandom(size)

"""The program in a temporary notebook container: it checks what a notebook needs, and answers in place of a notebook server.

trial_notebook.py starts it, reads the line that it prints, and calls it through nginx. It runs on the image's own Python,
3.8 or newer, with the standard library alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn
from typing import Any

MARK = "stackctl-doctor: "
"""How the line with the results begins: the image's entrypoint may print others."""

LISTENING = "stackctl-doctor listens"

HUB_SECONDS, INDEX_SECONDS, CLOSED_SECONDS = 5, 40, 2
WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""


class Server(ThreadingMixIn, HTTPServer):
    """Answers in place of a notebook server."""

    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    """One request through nginx. The last part of its path says what to do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        word, _, argument = self.path.rpartition("/")[2].partition("-")
        if word == "websocket":
            self.echo()
            return
        if word == "silence":
            time.sleep(min(float(argument), 3600))
        self.answer(b"here")

    def do_POST(self) -> None:
        digest, remaining = hashlib.sha256(), int(self.headers["Content-Length"])
        while remaining:
            part = self.rfile.read(min(remaining, 65536))
            if not part:
                return
            digest.update(part)
            remaining -= len(part)
        self.answer(digest.hexdigest().encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def echo(self) -> None:
        """Send one short websocket message back: RFC 6455, sections 4.2.2 and 5.2."""
        key = self.headers.get("Sec-WebSocket-Key")
        if not key or "upgrade" not in self.headers.get("Connection", "").lower():
            self.answer(b"no upgrade")
            return
        accept = base64.b64encode(hashlib.sha1((key + WEBSOCKET).encode()).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, value)
        self.end_headers()
        length = self.rfile.read(2)[1] & 127
        mask, text = self.rfile.read(4), self.rfile.read(length)
        self.wfile.write(bytes([129, length]) + bytes(byte ^ mask[at % 4] for at, byte in enumerate(text)))
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing."""


def probe(hub: str, names: list[str], closed: dict[str, tuple[str, int]]) -> dict[str, Any]:
    """The addresses of `names`, the answer of the hub's API, of pip's index, and what of `closed` can be reached.

    `closed`: address and port of what a notebook must not reach, by a description.
    """
    hub_name = hub.split("//")[1].split(":")[0]
    with ThreadPoolExecutor() as pool:
        attempts = {name: pool.submit(is_reachable, address) for name, address in closed.items()}
    known = {name: addresses(name) for name in [hub_name, *names]}
    return {
        "open": [name for name, attempt in attempts.items() if attempt.result()],
        "addresses": known,
        "hub": api(hub) if known[hub_name] else "",
        "index": index(),
    }


def addresses(name: str) -> list[str]:
    try:
        return sorted({str(item[4][0]) for item in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def is_reachable(address: tuple[str, int]) -> bool:
    """Whether the other side accepts or refuses a connection, instead of a firewall dropping it."""
    try:
        socket.create_connection(address, CLOSED_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


def api(url: str) -> str:
    """ "" if the hub's API answers, else what answers instead."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HUB_SECONDS) as answer:
            return "" if "version" in json.load(answer) else "an answer that is not JupyterHub's"
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def index() -> list[str] | None:
    """[] if pip finds pip in its index, else the last lines of its output; None without pip."""
    command = [sys.executable, "-m", "pip", "index", "versions", "pip", "--disable-pip-version-check"]
    pipe = subprocess.PIPE
    try:
        ran = subprocess.run(
            [*command, "--timeout", "5", "--retries", "1"],
            stdout=pipe,
            stderr=subprocess.STDOUT,
            timeout=INDEX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"no answer within {INDEX_SECONDS} seconds"]
    lines = ran.stdout.decode(errors="replace").splitlines()
    if ran.returncode != 0 and "No module named pip" in "".join(lines):
        return None
    return lines[-3:] if ran.returncode != 0 else []


def main(port: int, hub: str, names: list[str], closed: dict[str, tuple[str, int]], seconds: float) -> None:
    """Print the results, and answer requests for `seconds`."""
    server = Server(("", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("\n" + LISTENING, flush=True)
    ends = time.monotonic() + seconds
    print("\n" + MARK + json.dumps(probe(hub, names, closed)), flush=True)
    time.sleep(max(0, ends - time.monotonic()))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))

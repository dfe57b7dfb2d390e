"""What runs in a throw-away notebook container: it looks at what a notebook needs, and answers as a notebook server would.

trial.py hands it in, reads the line that it prints, and asks it through nginx. It must run on the image's own Python, 3.8 or
newer, with nothing but the standard library.
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
"""What the line with the findings begins with, among all that an entrypoint may print."""

LISTENING = "stackctl-doctor listens"

HUB_SECONDS, INDEX_SECONDS, CLOSED_SECONDS = 5, 40, 2
WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""


class Server(ThreadingMixIn, HTTPServer):
    """In place of a notebook server."""

    daemon_threads = True


class Handler(BaseHTTPRequestHandler):
    """One question that comes through nginx: the last word of its path says which."""

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
        sent, left = hashlib.sha256(), int(self.headers["Content-Length"])
        while left:
            part = self.rfile.read(min(left, 65536))
            if not part:
                return
            sent.update(part)
            left -= len(part)
        self.answer(sent.hexdigest().encode())

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def echo(self) -> None:
        """Send one short message back: RFC 6455, sections 4.2.2 and 5.2."""
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


def look(hub: str, names: list[str], closed: dict[str, tuple[str, int]]) -> dict[str, Any]:
    """The addresses of `names`, what the hub's API answers, whether pip finds its index, and who of `closed` is there."""
    hub_name = hub.split("//")[1].split(":")[0]
    found: dict[str, Any] = {"hub": "", "index": None}
    with ThreadPoolExecutor() as looking:
        there = looking.map(is_there, closed.values())
        found["open"] = [what for what in closed if next(there)]
    found["addresses"] = {name: addresses(name) for name in [hub_name, *names]}
    if found["addresses"][hub_name]:
        found["hub"] = api(hub)
    found["index"] = index()
    return found


def addresses(name: str) -> list[str]:
    try:
        return sorted({str(item[4][0]) for item in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def is_there(place: tuple[str, int]) -> bool:
    """Whether a connection gets so far that it is taken or refused by whom it is for."""
    try:
        socket.create_connection(place, CLOSED_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return True


def api(url: str) -> str:
    """ "" when the hub's API answers there, else what comes in its place."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=HUB_SECONDS) as answer:
            return "" if "version" in json.load(answer) else "an answer that is not JupyterHub's"
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def index() -> list[str] | None:
    """[] when pip finds itself in the index that notebooks use, else its last lines; None where there is no pip."""
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
    """Answer for `seconds`, and print what there is to see from here."""
    server = Server(("", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("\n" + LISTENING, flush=True)
    ends = time.monotonic() + seconds
    print("\n" + MARK + json.dumps(look(hub, names, closed)), flush=True)
    time.sleep(max(0, ends - time.monotonic()))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))

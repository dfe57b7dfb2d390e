"""Does what notebooks need come through nginx and the proxy: websockets, uploads, calls that take long?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator

from stackctl.doctor.nginx_client import NginxClient
from stackctl.errors import StackError
from stackctl.ui.check import Check

MEGABYTES, QUIET_SECONDS = 5, 5
WHERE = "in nginx/snippets/long-calls.conf, and in a proxy of your own in front of it"


def check(nginx: NginxClient, path: str, quiet_seconds: int = QUIET_SECONDS) -> Iterator[Check]:
    """`path`: where a temporary notebook server answers (notebook_probe.py)."""
    response = nginx.request("GET", f"{path}here")
    if (response.status, response.body) != (200, b"here"):
        fix = "See: stackctl logs nginx; stackctl logs proxy"
        yield Check("fail", f"A notebook server cannot be reached through nginx: the answer is {response.status}.", fix)
        return
    yield Check("ok", "A notebook server can be reached through nginx and the proxy.")
    fix = f"Kernels and terminals need websockets: pass on the headers Upgrade and Connection, {WHERE}."
    yield _result("A websocket", fix, lambda: _websocket(nginx, path))
    fix = f"Set client_max_body_size to 0, {WHERE}."
    yield _result(f"An upload of {MEGABYTES} MB", fix, lambda: _upload(nginx, path))
    fix = f"Set proxy_read_timeout to an hour or so, {WHERE}."
    yield _result(f"A call that is silent for {quiet_seconds} seconds", fix, lambda: _silence(nginx, path, quiet_seconds))


def _result(message: str, fix: str, attempt: Callable[[], str]) -> Check:
    """`attempt`: returns what went wrong, "" for nothing, or raises StackError."""
    try:
        problem = attempt()
    except StackError as error:
        problem = error.message
    if problem:
        return Check("fail", f"{message} does not come through: {problem}.", fix)
    return Check("ok", f"{message} comes through.")


def _websocket(nginx: NginxClient, path: str) -> str:
    sent = b"echo"
    received = nginx.websocket_echo(f"{path}websocket", sent)
    return "" if received == sent else f"{sent!r} came back as {received[:50]!r}"


def _upload(nginx: NginxClient, path: str) -> str:
    content = os.urandom(MEGABYTES * 2**20)
    response = nginx.request("POST", f"{path}upload", content)
    if response.status != 200:
        return f"the answer is {response.status}"
    complete = response.body.decode(errors="replace") == hashlib.sha256(content).hexdigest()
    return "" if complete else "it did not arrive complete"


def _silence(nginx: NginxClient, path: str, seconds: int) -> str:
    response = nginx.request("GET", f"{path}silence-{seconds}", seconds=seconds + 10)
    return "" if response.status == 200 else f"the answer is {response.status}"

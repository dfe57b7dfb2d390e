"""Does what notebooks need come through nginx and the proxy: websockets, uploads, calls that take long?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator

from stackctl.checks import Check
from stackctl.errors import StackError
from stackctl.site import Site

MEGABYTES, QUIET_SECONDS = 5, 5
WHERE = "in nginx/snippets/long-calls.conf, and in a proxy of your own in front of it"


def check(site: Site, path: str, quiet_seconds: int = QUIET_SECONDS) -> Iterator[Check]:
    """`path`: where a throw-away notebook server answers (notebook_probe.py)."""
    here = site.ask("GET", f"{path}here")
    if (here.status, here.body) != (200, b"here"):
        fix = "See: stackctl logs nginx; stackctl logs proxy"
        yield Check("fail", f"A notebook server is not reached through nginx: the answer is {here.status}.", fix)
        return
    yield Check("ok", "A notebook server is reached through nginx and the proxy.")
    websocket = f"Kernels and terminals need it: Upgrade and Connection must be passed on, {WHERE}."
    yield _judge("A websocket", websocket, lambda: _websocket(site, path))
    yield _judge(f"An upload of {MEGABYTES} MB", f"client_max_body_size must be 0, {WHERE}.", lambda: _upload(site, path))
    yield _judge(
        f"A call that is silent for {quiet_seconds} seconds",
        f"proxy_read_timeout must be an hour or so, {WHERE}.",
        lambda: _silence(site, path, quiet_seconds),
    )


def _judge(what: str, fix: str, trial: Callable[[], str]) -> Check:
    try:
        wrong = trial()
    except StackError as error:
        wrong = error.message
    return Check("fail", f"{what} does not come through: {wrong}.", fix) if wrong else Check("ok", f"{what} comes through.")


def _websocket(site: Site, path: str) -> str:
    sent = b"echo"
    back = site.echo(f"{path}websocket", sent)
    return "" if back == sent else f"{sent!r} came back as {back[:50]!r}"


def _upload(site: Site, path: str) -> str:
    content = os.urandom(MEGABYTES * 2**20)
    answer = site.ask("POST", f"{path}upload", content)
    if answer.status != 200:
        return f"the answer is {answer.status}"
    return "" if answer.body.decode(errors="replace") == hashlib.sha256(content).hexdigest() else "it did not arrive whole"


def _silence(site: Site, path: str, seconds: int) -> str:
    answer = site.ask("GET", f"{path}silence-{seconds}", seconds=seconds + 10)
    return "" if answer.status == 200 else f"the answer is {answer.status}"

"""Connections that are held open and hardly used: the site keeps answering, and closes them."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time

import pytest

from tests.attack.front import wait_until_closed
from tests.support.machine import apt_install
from tests.support.running import Stack

PROGRAM = "slowhttptest"
SECONDS = 11
TIMEOUT = 10
"""nginx/snippets/slow-clients.conf and hub-limits.conf."""

HEAD = "GET /hub/login HTTP/1.1\r\nHost: localhost\r\n"
BODY = "POST /hub/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nslow"


@pytest.mark.full  # nginx gives up such connections by its own timeouts: test_web.py limits how many one address has
def test_slow_clients_leave_the_site_answering(stack: Stack) -> None:
    if not shutil.which(PROGRAM):
        apt_install(PROGRAM)
    held = {what: socket.create_connection(("127.0.0.1", stack.port), 10) for what in (HEAD, BODY)}
    for what, connection in held.items():
        connection.sendall(what.encode())
    began = time.monotonic()
    url, many = f"http://127.0.0.1:{stack.port}/hub/slow", ["-c", "200", "-r", "100", "-l", str(SECONDS)]
    slow = subprocess.Popen([PROGRAM, "-B", *many, "-i", "3", "-u", url], stdout=subprocess.PIPE, text=True)
    waits, statuses = [], set()
    try:
        while slow.poll() is None:
            asked = time.monotonic()
            assert asked < began + 6 * SECONDS, f"{PROGRAM} does not finish"
            statuses.add(stack.answer())
            waits.append(time.monotonic() - asked)
            time.sleep(0.1)
    finally:
        slow.kill()
    output = re.sub(r"\x1b\[[\d;]*\w", "", slow.communicate()[0])
    assert re.findall(r"connected: +(\d+)", output)[-1] == "200", output
    assert statuses == {200}
    assert max(waits) < 3
    for what, connection in held.items():
        with connection:
            wait_until_closed(connection, 5)
            assert time.monotonic() - began < SECONDS + 4, f"not closed: {what}"
    assert time.monotonic() - began >= TIMEOUT

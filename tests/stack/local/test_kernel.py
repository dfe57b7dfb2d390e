"""Websockets and server-sent events through nginx and the proxy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import websocket

from tests.support.kernel import Kernel
from tests.support.person import Person

WAIT_FOR_A_FILE = """
import os, time
print('first', flush=True)
while not os.path.exists('go'): time.sleep(0.02)
print('last')
"""


def test_a_kernel_runs_code_over_its_websocket(alice: Person) -> None:
    with Kernel(alice.start()) as kernel:
        assert kernel.run("import getpass, os; print(getpass.getuser(), os.getuid())") == "jovyan 61100"
        assert kernel.run("print(os.getcwd())") == "/home/jovyan/work"


def test_output_arrives_as_it_is_printed(alice: Person) -> None:
    """The kernel waits, in the middle of a cell, for a file that is written when its first line has arrived."""
    with Kernel(alice.start()) as kernel:
        request = kernel.send(WAIT_FOR_A_FILE)
        assert kernel.printed(request, until="first") == "first"
        alice.write("go", "")
        assert kernel.printed(request, until="last").endswith("last")


def test_a_message_of_many_megabytes_passes(alice: Person) -> None:
    with Kernel(alice.start()) as kernel:
        assert kernel.run(f"print(len('{'x' * 5_000_000}'))") == "5000000"


def test_nobody_reaches_the_kernel_of_another(alice: Person, bob: Person) -> None:
    with Kernel(alice.start()) as kernel, pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        bob.websocket(f"{alice.server_url}api/kernels/{kernel.ident}/channels")


def test_progress_events_arrive_while_the_server_starts(new_person: Callable[[str], Person]) -> None:
    person = new_person("sse")
    person.begin_start()
    events = person.progress()
    assert "ready" not in next(events)
    assert not person.is_ready(), "the first event came with the last: something on the way holds them back"
    assert list(events)[-1]["ready"] is True
    person.stop()

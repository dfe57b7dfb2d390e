"""What a notebook server tells the hub's culler of work that nobody looks at."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from singleuser.base.stack_activity import INTERVAL
from tests.images.conftest import LIMITS
from tests.images.notebook import Notebook, started
from tests.support.waiting import wait_until
from tests.unit.singleuser.hub import Hub


@pytest.fixture(scope="module")
def notebook(images: dict[str, str], alices_hub: Hub) -> Iterator[Notebook]:
    with started(images["base"], alices_hub, LIMITS) as made:
        time.sleep(INTERVAL)  # starting it used the processor
        yield made


def last_activity(notebook: Notebook) -> str:
    """As the server reports it. Asking does not count."""
    return str(notebook.server("GET", "api/status").json()["last_activity"])


def is_idle(notebook: Notebook) -> bool:
    before = last_activity(notebook)
    time.sleep(INTERVAL + 2)
    return last_activity(notebook) == before


def counts_on(notebook: Notebook) -> None:
    """Each look finds the work anew."""
    seen: set[str] = set()

    def often() -> bool:
        seen.add(last_activity(notebook))
        return len(seen) > 2

    wait_until(often, 3 * INTERVAL, "the work counts")


def test_a_terminal_that_prints_counts_with_its_tab_closed(notebook: Notebook) -> None:
    name = notebook.server("POST", "api/terminals").json()["name"]
    socket = notebook.websocket(f"{notebook.server_url}terminals/websocket/{name}")
    socket.send(json.dumps(["stdin", "while sleep 1; do echo at work; done\r"]))
    wait_until(lambda: "at work" in str(socket.recv()), 20, "it prints")
    socket.close()
    counts_on(notebook)
    notebook.server("DELETE", f"api/terminals/{name}")
    wait_until(lambda: is_idle(notebook), 60, "an idle server is idle")


def test_a_process_that_uses_the_processor_counts(notebook: Notebook) -> None:
    wait_until(lambda: is_idle(notebook), 60, "an idle server is idle")
    notebook.shell("timeout 120 sh -c 'while :; do :; done' >/dev/null 2>&1 &")
    counts_on(notebook)

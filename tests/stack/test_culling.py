"""Servers that nobody uses are stopped; a kernel that works counts as use, up to the set limit."""

from __future__ import annotations

from collections.abc import Callable

from tests.stack.kernel import Kernel
from tests.stack.person import Person
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

IDLE = "45"
LONG_AND_SILENT = "import time; time.sleep(600)"


def test_idle_servers_are_stopped_and_busy_kernels_keep_theirs(
    stack: Stack, configured: Callable[..., None], new_person: Callable[[str], Person]
) -> None:
    worker, idler, hog = new_person("worker"), new_person("idler"), new_person("hog")
    configured(STACK_IDLE_TIMEOUT=IDLE)
    work(worker)
    configured(STACK_IDLE_TIMEOUT=IDLE, STACK_BUSY_LIMIT="0")  # read when a server starts
    work(hog)
    idler.start().write("kept.txt", "kept")

    ended = "the end of the idle server and of the one whose kernel is over its limit"
    wait_until(lambda: {"idler", "hog"}.isdisjoint(stack.servers()), 150, ended, every=1)
    assert worker.is_ready(), "busy since before the others did anything"
    configured()
    assert idler.start().read("kept.txt") == "kept"


def work(person: Person) -> None:
    """Give a kernel something to do that takes long and prints nothing, and look away."""
    kernel = Kernel(person.start())
    kernel.send(LONG_AND_SILENT)
    wait_until(lambda: kernel.state() == "busy", 10, "the kernel is busy")
    kernel.leave()

"""Servers that nobody uses are stopped; a kernel that works counts as use, up to the set limit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

IDLE = 28
"""Seconds, of which a quarter goes by between two looks. Kernels are looked at every ten."""

NO_LIMIT_FOR_ONE = """
def choose(spawner):
    if spawner.user.name == "hog":
        spawner.environment = {**spawner.environment, "STACK_BUSY_LIMIT": "0"}

c.StackSpawner.pre_spawn_hook = choose
"""
LONG_AND_SILENT = "import time; time.sleep(600)"


@pytest.fixture(scope="module")
def stack(running: Stack) -> Stack:
    running.become({"STACK_IDLE_TIMEOUT": str(IDLE)}, files={"hub/conf.d/busy-limit.py": NO_LIMIT_FOR_ONE})
    return running


def test_idle_servers_are_stopped_and_busy_kernels_keep_theirs(stack: Stack, new_person: Callable[[str], Person]) -> None:
    worker, idler, hog = new_person("worker"), new_person("idler"), new_person("hog")
    for person in (worker, hog):
        work(person)
    idler.start().write("kept.txt", "kept")

    ended = "the end of the idle server and of the one whose kernel is over its limit"
    wait_until(lambda: {"idler", "hog"}.isdisjoint(stack.servers()), 5 * IDLE, ended, every=1)
    assert worker.is_ready(), "busy since before the others did anything"
    assert idler.start().read("kept.txt") == "kept"


def work(person: Person) -> None:
    """Give a kernel something to do that takes long and prints nothing, and look away."""
    kernel = Kernel(person.start())
    kernel.send(LONG_AND_SILENT)
    wait_until(lambda: kernel.state() == "busy", 10, "the kernel is busy")
    kernel.leave()

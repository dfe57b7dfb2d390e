"""CPU, memory and processes: set on the container, and held against somebody who wants more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.kernel import Kernel
from tests.support.person import Person

EAT = "eaten = []\nwhile True: eaten.append(b'x' * 2**24)"
FORK = """
import subprocess
children = []
try:
    for _ in range(1000): children.append(subprocess.Popen(['sleep', '60']))
except OSError as error:
    print('stopped by', error.strerror)
for child in children: child.kill(); child.wait()
"""


@pytest.fixture
def glutton(new_person: Callable[[str], Person]) -> Person:
    """Somebody whose server has done nothing yet, so that it is not what the kernel takes for the biggest process."""
    return new_person("glutton")


def test_limits_of_env_are_on_the_container(alice: Person) -> None:
    alice.start()
    limits = alice.stack.servers()[alice.name].attrs["HostConfig"]
    assert limits["Memory"] == limits["MemorySwap"] == 512 * 2**20, "no swap beside the memory"
    assert limits["CpuQuota"] / limits["CpuPeriod"] == 1.5
    assert limits["PidsLimit"] == 300


def test_jupyter_is_told_of_the_memory_limit(alice: Person) -> None:
    with Kernel(alice.start()) as kernel:
        assert kernel.run("import os; print(os.environ['MEM_LIMIT'], os.environ['CPU_LIMIT'])") == f"{512 * 2**20} 1.5"


def test_a_process_over_the_memory_limit_is_ended_and_all_else_goes_on(bob: Person, glutton: Person) -> None:
    kernel = Kernel(glutton.start())
    with Kernel(bob.start()) as other:
        other.run("remembered = 1")
        kernel.send(EAT)
        kernel.wait_for_status("restarting", seconds=60)
        kernel.leave()
        assert other.run("print(remembered)") == "1"
    assert glutton.stack.answer() == 200
    assert glutton.is_ready()
    with Kernel(glutton) as after:
        assert after.run("print('alive')") == "alive"


def test_a_fork_bomb_ends_at_the_process_limit(glutton: Person) -> None:
    with Kernel(glutton.start()) as kernel:
        assert kernel.run(FORK, seconds=60) == "stopped by Resource temporarily unavailable"
    assert glutton.is_ready()

"""One person takes all that they can get; another one's kernel answers as before.

What measures is on the same processors, and waits for them for about 1 ms of a round trip, in quiet and in noise: too little
to place it elsewhere. Of the rows, the fork bombs fail without the gate's weights, each time: these are looked at, for what
they are against, stalls of up to seconds, comes too seldom to be waited for. Memory and disk fail without their limits, for
nothing is ended, or full, often enough. Packets never failed: without a limit of processors they were not heard either.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stackgate.weights import LOOK
from tests.stack.kernel import Kernel
from tests.stack.person import Person
from tests.stack.running import Stack

NOISE = Path(__file__).with_name("noise.py").read_text()
SECONDS, ROUNDS = 2.0, 5
"""For how long it is measured in turns, in quiet and in noise, and how often at most: what else the machine does counts on
both sides then."""

TIMES, FLOOR = 1.5, 0.015
"""What a round trip may take in noise: so many times what it takes in quiet, or so many seconds more."""

BOMB = 3 * LOOK
"""Seconds after which the gate has seen who computes without a pause: gate/stackgate/weights.py."""


@pytest.fixture
def kernel(docker_alone: None, stack: Stack, alice: Person) -> Iterator[Kernel]:
    """Somebody's, while no other test makes noise."""
    stack.wait_until_ready()  # those may have restarted Docker
    with Kernel(alice.start()) as running:
        yield running


@pytest.fixture
def noisy(kernel: Kernel, new_person: Callable[[str], Person]) -> Person:
    """Somebody else."""
    return new_person("noisy").start()


def round_trips(kernel: Kernel) -> list[float]:
    """How long the kernel takes to answer, again and again, in seconds."""
    times, end = [], time.monotonic() + SECONDS
    while (begun := time.monotonic()) < end:
        assert kernel.run("print(1)") == "1"
        times.append(time.monotonic() - begun)
        time.sleep(0.01)
    return times


def round_trips_in_noise(kernel: Kernel, noisy: Person, what: str, least: int, after: float = 0.5) -> list[float]:
    """The same, while another person's server makes noise of a kind, and how far that gets is `least`.

    It is measured `after` so many seconds of it.
    """
    container = noisy.stack.servers()[noisy.name]
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(container.exec_run, ["python", "-c", NOISE, what, str(after + SECONDS + 0.5)])
        time.sleep(after)
        times = round_trips(kernel)
        if after == BOMB:
            assert weight(noisy) * 4 <= weight(kernel.person), "who computes without a pause does not give way"
        said = bytes(making.result().output).decode()  # type: ignore[arg-type]  # by its types it may come in pieces
    assert int(said.split()[0]) >= least, f"there was no noise: {said}"
    return times


def test_a_kernel_answers_at_once(kernel: Kernel) -> None:
    """Within 12 ms. With Nagle's algorithm it was 54, 40 of them idle: singleuser/base/stack_websocket.py."""
    assert statistics.median(round_trips(kernel)) < 0.04


def weight(person: Person) -> int:
    """What a person's server has of the processors when others want them, too."""
    return int(person.stack.servers()[person.name].attrs["HostConfig"]["CpuShares"]) or 1024  # 0: Docker's default


@pytest.mark.parametrize(
    ("what", "least", "after"),
    [("memory", 3, 0.5), ("disk", 1, 0.5), ("packets", 10_000, 0.5), ("processes", 250, BOMB), ("forks", 1000, BOMB)],
)
def test_the_noise_of_one_is_not_heard_by_another(
    kernel: Kernel, noisy: Person, what: str, least: int, after: float
) -> None:
    quiet: list[float] = []
    loud: list[float] = []
    for _ in range(ROUNDS):
        quiet += round_trips(kernel)
        loud += round_trips_in_noise(kernel, noisy, what, least, after)
        before, during = (statistics.quantiles(times, n=20)[-1] for times in (quiet, loud))
        if during <= max(TIMES * before, before + FLOOR):
            return
        print(f"{what}: p95 {before * 1000:.0f} ms in quiet, {during * 1000:.0f} ms in noise")
    pytest.fail(f"p95 {before * 1000:.0f} ms in quiet, {during * 1000:.0f} ms in noise", pytrace=False)

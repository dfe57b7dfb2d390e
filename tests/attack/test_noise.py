"""One person uses as much as they can; another person's kernel answers as before.

The measuring process runs on the same processors and waits for them for about 1 ms per round trip, in quiet and in noise:
too little to matter. Without the CPU weights, the fork bombs fail each time. The test checks the weights themselves, because
the stalls of up to seconds that they prevent are too rare to wait for. Memory and disk fail without their limits. Packets
never failed, not even without a CPU limit.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stackweights.weights import INTERVAL
from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

NOISE = Path(__file__).with_name("noise.py").read_text()
COMPUTE = """
import os
while not os.path.exists('enough'):
    for _ in range(10**6): pass
"""

SECONDS, ROUNDS = 2.0, 5
"""Seconds of each measurement and the maximum number of rounds. Quiet and noise alternate, so that other load on the machine
counts on both sides."""

TIMES, FLOOR = 1.5, 0.015
"""The limit for a round trip in noise: this many times the quiet one, or this many seconds more."""

BOMB = 3 * INTERVAL
"""Seconds after which the gate has lowered the shares of a server that computes continuously: gate/stackweights/."""


@pytest.fixture
def kernel(stack: Stack, alice: Person) -> Iterator[Kernel]:
    """Another person's kernel."""
    with Kernel(alice.start()) as running:
        yield running


@pytest.fixture
def noisy(stack: Stack, new_person: Callable[[str], Person]) -> Person:
    """Another person."""
    return new_person("noisy").start()


def round_trips(kernel: Kernel) -> list[float]:
    """Round-trip times of a kernel, in seconds."""
    times, end = [], time.monotonic() + SECONDS
    while (begun := time.monotonic()) < end:
        assert kernel.run("print(1)") == "1"
        times.append(time.monotonic() - begun)
        time.sleep(0.01)
    return times


def round_trips_in_noise(kernel: Kernel, noisy: Person, what: str, least: int, after: float = 0.5) -> list[float]:
    """The same while another person's server makes noise. `what`: the kind; `least`: how much noise it must report.

    Measured `after` this many seconds of noise.
    """
    container = noisy.stack.servers()[noisy.name]
    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(container.exec_run, ["python", "-c", NOISE, what, str(after + SECONDS + 0.5)])
        time.sleep(after)
        times = round_trips(kernel)
        if after == BOMB:
            assert weight(noisy) * 4 <= weight(kernel.person), (
                "the shares of the server that computes continuously are not lower"
            )
        printed = bytes(making.result().output).decode()  # type: ignore[arg-type]  # by its types it may come in pieces
    assert int(printed.split()[0]) >= least, f"there was no noise: {printed}"
    return times


def test_a_kernel_answers_at_once(kernel: Kernel) -> None:
    """Within 12 ms. With Nagle's algorithm it was 54, 40 of them idle: singleuser/base/stack_websocket.py."""
    assert statistics.median(round_trips(kernel)) < 0.04


def weight(person: Person) -> int:
    """The CpuShares of a person's server."""
    return int(person.stack.servers()[person.name].attrs["HostConfig"]["CpuShares"]) or 1024  # 0: Docker's default


def test_a_server_that_computes_continuously_has_fewer_shares_until_it_ends(alice: Person, noisy: Person) -> None:
    alice.start()
    with Kernel(noisy) as computing:
        request = computing.send(COMPUTE)
        wait_until(lambda: weight(noisy) * 4 <= weight(alice), 60, "the shares are a quarter")
        noisy.write("enough", "")
        computing.printed(request)
    noisy.server("DELETE", "api/contents/enough")
    wait_until(lambda: weight(noisy) == weight(alice), 90, "the shares are as before")


@pytest.mark.full  # it needs a quiet machine: bin/test full runs it by itself
@pytest.mark.parametrize(
    ("what", "least", "after"),
    [("memory", 3, 0.5), ("disk", 1, 0.5), ("packets", 10_000, 0.5), ("processes", 250, BOMB), ("forks", 1000, BOMB)],
)
def test_one_persons_noise_does_not_slow_another_persons_kernel(
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

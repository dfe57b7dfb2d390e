"""bin/bench: how long a start takes and how much room things need, each beside its target.

Two cores are assumed by the targets. Times are in seconds, the median of several runs where more than one is made.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from stackctl.stack import Stack
from stackctl.stack.hub_api import HubAPI
from tests.images.table import BUDGETS
from tests.support.machine import apt_install
from tests.support.registry import proxy, registry
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[1]
PEOPLE = [f"bench{number}" for number in range(10)]
RUNS = 5
LINE = 12_500_000
"""Bytes a second of each layer of a pull, three at a time: a line of 300 Mbit/s."""


class BenchHub(HubAPI):
    """The hub's API, with the calls about notebook servers, which stackctl's own token may not make."""

    def start_server(self, name: str, image: str | None = None) -> None:
        """Start a user's server and wait until it is ready."""
        self._call("POST", f"/users/{name}/server", json={"image": image} if image else None)
        wait_until(
            lambda: self._servers(name).get("", {"pending": None})["pending"] is None, 120, "the server has started", 0.05
        )
        assert self._servers(name).get("", {}).get("ready"), f"the server of {name} did not start"

    def stop_server(self, name: str) -> None:
        """Stop a user's server and wait until it is gone."""
        self._call("DELETE", f"/users/{name}/server")
        wait_until(lambda: not self._servers(name), 60, "the server is gone", 0.05)

    def _servers(self, name: str) -> dict[str, Any]:
        return dict(self._call("GET", f"/users/{name}").json()["servers"])


def main() -> None:
    """Build, start, measure, remove."""
    stackctl("build")
    stack = Stack.load()
    try:
        show("rebuild with nothing changed", timed(lambda: stackctl("build")), 5, "s")
        images = stack.compose.images() | {item.name: item.reference for item in stack.catalogue.offered}
        for name, image in images.items():
            show(f"image {name}", stack.engine.image(image)["Size"] / 1e6, BUDGETS[name], "MB")
        stackctl("up")
        stackctl("down")
        show("images built, stack down: to the sign-in page", timed(lambda: stackctl("up")), 8, "s")
        measure_servers(stack)
    finally:
        stackctl("down", "--delete-data", "--confirm", stack.name)


def measure_servers(stack: Stack) -> None:
    """Times and memory of notebook servers, and the hub's memory, idle and with ten servers."""
    hub, services = as_administrator(stack), {item.service: item.id for item in stack.engine.services(stack.name)}
    for name in PEOPLE:
        hub.set_account(name, "bench-only-password")
    show("hub idle, resident", stack.engine.memory(services["hub"]) / 1e6, 150, "MB")
    for image in stack.catalogue.offered:
        times = [spawn(hub, PEOPLE[0], image.name) for _ in range(RUNS)]
        spread = f"min {min(times):.2f}, max {max(times):.2f}"
        target = 1.3 if image.default else 1.5
        show(f"spawn of {image.name}, median of {RUNS} ({spread})", statistics.median(times), target, "s")
    hub.start_server(PEOPLE[0])
    time.sleep(30)  # until it is idle
    memory = stack.engine.memory(stack.engine.servers(stack.name)[0].id)
    show("idle notebook server, resident", memory / 1e6, 95, "MB")
    hub.stop_server(PEOPLE[0])
    begun = time.monotonic()
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        list(pool.map(hub.start_server, PEOPLE))
    show("ten servers at once, to the last", time.monotonic() - begun, 7.5, "s")
    for name in PEOPLE:
        hub.stop_server(name)
    measure_pulls(stack, hub)


def as_administrator(stack: Stack) -> BenchHub:
    """The hub's API for an administrator, who may start servers."""
    name, password = "bench-admin", "bench-only-password"
    stack.hub().set_account(name, password, admin=True)
    (address,) = (item.addresses[f"{stack.name}-users"] for item in stack.services.all() if item.service == "hub")
    tokens, auth = f"{stack.hub_url(address)}/users/{name}/tokens", {"username": name, "password": password}
    answer = requests.post(tokens, json={"auth": auth}, timeout=30, proxies={"http": ""})
    answer.raise_for_status()
    return BenchHub(stack.hub_url(address), answer.json()["token"])


def measure_pulls(stack: Stack, hub: BenchHub) -> None:
    """How much longer a start takes while images are pulled: the 95th percentile with, as a multiple of without."""
    apt_install("docker-registry")
    with tempfile.TemporaryDirectory() as folder, registry(Path(folder)) as origin, proxy(origin) as server:
        server.faults.rate = LINE
        origin.push("big", *(os.urandom(40_000_000) for _ in range(4)))
        reference, ended = f"{server.address}/big:1", threading.Event()

        def pull() -> int:
            count = 0
            while not ended.is_set():
                for _ in stack.engine.pull(reference, 60):
                    pass
                stack.engine.remove_image(reference)
                count += 1
            return count

        # in turns, so that what else the machine does counts on both sides
        without, during, pulls = [], [], 0
        for _ in range(4):
            without += [spawn(hub, PEOPLE[0]) for _ in range(10)]
            ended.clear()
            with ThreadPoolExecutor(1) as pool:
                pulling = pool.submit(pull)
                during += [spawn(hub, PEOPLE[0]) for _ in range(10)]
                ended.set()
            pulls += pulling.result()
    late = [statistics.quantiles(times, n=20)[-1] for times in (without, during)]
    what = f"spawn p95, {late[1]:.2f} s during {pulls} pulls of 160 MB, by {late[0]:.2f} s without"
    show(what, late[1] / late[0], 1.2, "x")


def spawn(hub: BenchHub, name: str, image: str | None = None) -> float:
    """Seconds from the request to a server that is ready; it is stopped again."""
    seconds = timed(lambda: hub.start_server(name, image))
    hub.stop_server(name)
    return seconds


def timed(work: Callable[[], None]) -> float:
    """Seconds that a call takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def stackctl(*arguments: str) -> None:
    """Run bin/stackctl; its words are shown when it fails."""
    ran = subprocess.run([str(ROOT / "bin" / "stackctl"), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        sys.exit(ran.stderr)


def show(what: str, value: float, target: float, unit: str) -> None:
    """One line: the figure, its target, and whether it is met."""
    print(f"{what:<62} {value:8.2f} {unit:<3} target {target:g} {'' if value <= target else '  MISSED'}", flush=True)


if __name__ == "__main__":
    main()

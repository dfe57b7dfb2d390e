"""`up` that ends in the middle of what it does: by Ctrl-C, by kill -9, with the machine."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator

import psutil
import pytest
import requests

from tests.support.kernel import Kernel
from tests.support.person import Person
from tests.support.running import Stack
from tests.support.waiting import wait_until

KEPT = "Nothing that runs was changed. Images that were pulled or built are kept."
STARTED = "The services are started, but whether they are ready is not known. See: bin/stackctl status."


class Up:
    """An `up` that goes on while the test does."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.log = stack.root / "up.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                # where the tests run in the background of a shell, an ignored Ctrl-C would be inherited
                ["env", "--default-signal=INT", "bin/stackctl", "up", "--yes"],
                cwd=stack.root,
                env=stack.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._compose: list[psutil.Process] = []

    def builds(self) -> bool:
        return bool(self.children("compose", "build"))

    def tries_an_image(self) -> bool:
        return any(f"stackctl-temporary-{self.process.pid}-" in name for name in self.containers())

    def starts_services(self) -> bool:
        self._compose = self._compose or self.children("compose", "up")
        return bool(self._compose)

    def waits_for_the_hub(self) -> bool:
        return self.starts_services() and not any(item.is_running() for item in self._compose)

    def replaces_a_service(self) -> bool:
        """Whether there is a new container that has not yet its own name."""
        return self.starts_services() and any(re.match(r"/[0-9a-f]{12}_", name) for name in self.containers())

    def containers(self) -> list[str]:
        return [name for item in self.stack.docker.api.containers(all=True) for name in item["Names"]]

    def children(self, *words: str) -> list[psutil.Process]:
        found = []
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    found += [child] if set(words) <= set(child.cmdline()) else []
        return found

    def reach(self, step: Callable[[Up], bool]) -> None:
        """Wait until it is at `step`."""

        def there() -> bool:
            assert self.process.poll() is None, f"it has ended before that:\n{self.log.read_text()}"
            return step(self)

        wait_until(there, 120, f"{step.__name__}; see {self.log}", every=0.05)

    def end(self) -> str:
        """What it printed, once it has ended."""
        self.process.wait(timeout=60)
        return self.log.read_text()


STEPS: list[tuple[Callable[[Up], bool], str]] = [
    (Up.builds, KEPT),
    (Up.tries_an_image, KEPT),
    (Up.starts_services, STARTED),
    (Up.waits_for_the_hub, STARTED),
]


@pytest.fixture
def up(stack: Stack) -> Iterator[Callable[[], Up]]:
    """Starts an `up`. Those that a test leaves are killed."""
    started: list[Up] = []

    def start() -> Up:
        started.append(Up(stack))
        return started[-1]

    yield start
    for item in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(item.process.pid, signal.SIGKILL)
        item.process.wait()
    until_compose_has_ended(stack)


@contextlib.contextmanager
def stopped(processes: list[psutil.Process]) -> Iterator[None]:
    """Have processes go on afterwards only."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def until_compose_has_ended(stack: Stack) -> None:
    subprocess.run(["flock", stack.root / ".stack" / stack.name / "lock", "true"], timeout=60, check=True)


def title(stack: Stack) -> str:
    found = re.search(r"<title>(.*?)</title>", requests.get(f"{stack.url}/hub/login", timeout=10).text, re.DOTALL)
    return found[1].strip() if found else ""


def test_ctrl_c_at_each_step(stack: Stack, alice: Person, up: Callable[[], Up]) -> None:
    with Kernel(alice.start()) as kernel:
        kernel.run("remembered = 'before'")
        stack.offer(other={})
        for step, left in STEPS:
            stack.configure(STACK_TITLE=f"Interrupted: {step.__name__}")  # so that there is a service to replace
            running = up()
            running.reach(step)
            os.killpg(running.process.pid, signal.SIGINT)
            output = running.end()
            assert (running.process.returncode, output[output.find("Stopped.") :]) == (
                130,
                f"Stopped. {left} Run the command again to continue.\n",
            ), f"{step.__name__}:\n{output}"
            if left == KEPT:
                assert stack.answer() == 200
        output = stack.ctl("up", "--yes").err
        assert "was interrupted" not in output, "each has given its lock back"
        assert "Interrupted: waits_for_the_hub" in title(stack)
        with Kernel(alice, kernel.ident) as again:  # a websocket that nobody has read from for 90 seconds is closed
            assert again.run("print(remembered)") == "before"


@pytest.mark.full
def test_kill_9_while_compose_replaces_the_hub(stack: Stack, up: Callable[[], Up]) -> None:
    stack.configure(STACK_TITLE="Killed")
    running = up()
    running.reach(Up.starts_services)
    compose = running.children("compose", "up")
    running.process.kill()
    running.process.wait()
    with stopped(compose):
        output = stack.ctl("users", "add", "late", code=5).err
    assert re.search(r"`bin/stackctl up` \(\S+, since [^)]+\) was interrupted, but the `docker compose` it started", output)
    until_compose_has_ended(stack)
    assert "Run it again to finish it." in stack.ctl("up", "--yes").err
    assert "Killed" in title(stack)


def test_the_machine_goes_down_while_compose_replaces_the_hub(stack: Stack, up: Callable[[], Up]) -> None:
    """Compose by itself would trip over the container that it was about to put in place."""
    stack.configure(STACK_TITLE="Powerless")
    running = up()
    running.reach(Up.replaces_a_service)
    # stackctl first: it would give its lock back when Compose ends
    for process in [psutil.Process(running.process.pid), *running.children()]:
        process.kill()
    until_compose_has_ended(stack)
    assert "Run it again to finish it." in stack.ctl("up", "--yes").err
    assert "Powerless" in title(stack)
    assert sorted(stack.services()) == ["gate", "hub", "nginx", "proxy", "walls"]

"""Docker ends, killed or told to, as at a reboot, and is started again: the stack is back, and people can start."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from stackctl import host
from tests.stack.person import Person
from tests.stack.running import Stack
from tests.stack.waiting import wait_until

PID = Path("/var/run/docker.pid")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_stack_comes_back_with_docker(stack: Stack, alice: Person, docker_alone: None, how: signal.Signals) -> None:
    alice.start().write("kept.txt", "kept")
    stack.wait_until_healthy()
    try:
        end_docker(how)
    finally:
        host.start_docker()
    stack.wait_until_ready(120)
    wait_until(lambda: alice.name not in stack.servers(), 60, "the hub has removed what Docker has ended")
    assert alice.hub("GET").json()["servers"] == {}
    assert alice.start().read("kept.txt") == "kept"
    stack.wait_until_healthy()


def end_docker(how: signal.Signals) -> None:
    """End the daemon, and wait until it is gone. Its services' containers end with it, or when it is started again."""
    daemon = psutil.Process(int(PID.read_text()))
    daemon.send_signal(how)
    wait_until(lambda: not daemon.is_running() or daemon.status() == psutil.STATUS_ZOMBIE, 60, "the end of dockerd")

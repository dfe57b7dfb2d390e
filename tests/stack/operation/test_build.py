"""New images next to a stack that runs, and a build that is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from tests.support.person import Person
from tests.support.running import Stack


@pytest.fixture
def dockerfile(stack: Stack) -> Iterator[Path]:
    """The notebook image's Dockerfile, for a test to change; the next `up` has it as it was."""
    file = stack.root / "singleuser" / "base" / "Dockerfile"
    original = file.read_text()
    yield file
    file.write_text(original)


def test_files_survive_a_change_of_the_image(stack: Stack, alice: Person, dockerfile: Path) -> None:
    alice.start().write("kept.txt", "kept")
    with dockerfile.open("a") as file:
        file.write("LABEL changed=yes\n")
    stack.ctl("up", "--yes")
    assert "changed" not in stack.servers()[alice.name].labels, "what runs goes on"
    alice.stop()
    assert alice.start().read("kept.txt") == "kept"
    assert stack.servers()[alice.name].labels["changed"] == "yes"
    alice.stop()


def test_ctrl_c_in_a_build_leaves_everything_as_it_was(stack: Stack, dockerfile: Path) -> None:
    before = {name: item.id for name, item in stack.services().items()}
    image = stack.docker.images.get(f"{stack.name}-singleuser-base").id
    with dockerfile.open("a") as file:
        file.write("RUN for second in $(seq 300); do echo $second; sleep 1; done\n")
    code, output = interrupted(stack, "bin/stackctl", "up", "--yes", at="base ")
    assert code == 130, output
    assert "Stopped." in output
    assert "Traceback" not in output
    assert {name: item.id for name, item in stack.services().items()} == before
    assert stack.docker.images.get(f"{stack.name}-singleuser-base").id == image
    assert stack.answer() == 200


def interrupted(stack: Stack, *command: str, at: str) -> tuple[int, str]:
    """Run a command, press Ctrl-C when it has printed `at`, and return its exit code and what it printed after that."""
    pipe, environment = subprocess.PIPE, stack.environment()
    with subprocess.Popen(
        command, cwd=stack.root, env=environment, stderr=pipe, text=True, start_new_session=True, preexec_fn=_heed_ctrl_c
    ) as process:
        deadline = Timer(90, os.killpg, (process.pid, signal.SIGKILL))
        deadline.start()
        assert process.stderr
        assert any(at in line for line in process.stderr), f"never printed {at!r}"
        os.killpg(process.pid, signal.SIGINT)  # to all of them, as a terminal does
        output = process.stderr.read()
        code = process.wait()
        deadline.cancel()
    return code, output


def _heed_ctrl_c() -> None:
    """What a shell runs in the background, these tests perhaps, ignores Ctrl-C, and its children do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)

"""A checkout where nothing can be written: read-only, or on a disk that is full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.machine import free_port
from tests.support.running import NAME, Stack


@pytest.fixture
def checkout(images: dict[str, str], tmp_path: Path) -> Iterator[Stack]:
    """A checkout whose .stack is a file system of its own."""
    stack = Stack(tmp_path / "checkout")
    (stack.root / ".stack").mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "stacktest", stack.root / ".stack"], check=True)
    yield stack
    subprocess.run(["umount", "--recursive", stack.root / ".stack"], check=True)


@pytest.fixture
def read_only(images: dict[str, str], tmp_path: Path) -> Iterator[Stack]:
    """A checkout on a read-only file system."""
    stack = Stack(tmp_path / "checkout", f"{NAME}-ro", free_port())
    subprocess.run(["mount", "--bind", stack.root, stack.root], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", stack.root], check=True)
    yield stack
    subprocess.run(["umount", stack.root], check=True)


def test_a_read_only_checkout_is_named_by_what_changes_something(read_only: Stack) -> None:
    for words in (["up", "--yes"], ["down"], ["users", "add", "alice"]):
        output = read_only.ctl(*words, code=3).err
        assert f"error: {read_only.root}/.stack/{read_only.name} cannot be written: Read-only file system." in output
        assert "move the checkout to a writable file system" in output
    assert read_only.ctl("config").out
    assert "Would do:" in read_only.ctl("up", "--dry-run").err


def test_a_read_only_checkout_is_named_before_the_first_use(read_only: Stack) -> None:
    venv = read_only.root / ".venv"
    subprocess.run(["mount", "-o", "remount,bind,rw", read_only.root], check=True)
    venv.unlink()
    subprocess.run(["mount", "-o", "remount,bind,ro", read_only.root], check=True)
    output = read_only.ctl("up", "--yes", code=3).err
    assert output.startswith(f"error: Cannot write to {read_only.root}, where stackctl keeps")


def test_a_full_disk_in_the_checkout_is_named_and_the_next_command_works(checkout: Stack) -> None:
    """The lock is taken all the same, or nothing could be done about it; what has to be written is not."""
    filler = checkout.root / ".stack" / "filler"
    nowhere = "unix:///nowhere/docker.sock"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False)
    output = checkout.ctl("down", code=1, DOCKER_HOST=nowhere).err
    assert output.startswith("error: The disk is full. Nothing was lost.\n")
    filler.unlink()
    checkout.ctl("down", code=4, DOCKER_HOST=nowhere)
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False)
    checkout.ctl("images", "prune", code=4, DOCKER_HOST=nowhere)  # it gets as far as Docker

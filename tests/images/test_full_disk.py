"""A disk that is too small, at each step of `up` at which something is written: on an engine of its own with a small one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stackctl import settings
from stackctl.engine import Engine
from stackctl.engine.compose import Compose
from tests.support.running import Stack
from tests.support.server import server

CATALOGUE = """
services:
  big:
    profiles: [singleuser]
    image: ${STACK_NAME:-stackhub}-singleuser-big
    build: {context: big, network: none, args: {BASE_IMAGE: "${STACK_BASE_IMAGE:-debian:trixie-slim}"}}
    x-notebook: {title: Big}
"""
DOCKERFILE = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nUSER 61100\nRUN cat /dev/null >/tmp/small\n"
TOO_BIG = DOCKERFILE + "RUN head -c 400M /dev/zero >/tmp/big\n"
BASE, DISK = "debian:trixie-slim", "400m"


@pytest.fixture(scope="module")
def small_engine(engine_ready: None) -> Iterator[tuple[str, Path]]:
    """An engine's address and the folder that is its disk, with the base image on it."""
    with server(connected=False, disk=DISK, images=[BASE]) as small:
        yield small.docker_host, small.root / "var/lib/docker"


def test_a_full_disk_in_a_build_is_named_and_the_previous_image_stays(
    small_engine: tuple[str, Path], tmp_path: Path
) -> None:
    host, _ = small_engine
    stack = Stack(tmp_path / "checkout")
    (stack.root / "singleuser/compose.yaml").write_text(CATALOGUE)
    folder = stack.root / "singleuser/big"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    stack.ctl("images", "build", DOCKER_HOST=host)
    (before,) = json.loads(stack.ctl("images", "list", "--json", DOCKER_HOST=host).out)
    (folder / "Dockerfile").write_text(TOO_BIG)
    output = stack.ctl("images", "build", code=1, DOCKER_HOST=host)
    assert "The disk is full: the image big could not be built. The previous build stays in use." in output.err
    assert "stackctl images prune" in output.err
    assert "No space left on device" in output.err
    (after,) = json.loads(stack.ctl("images", "list", "--json", DOCKER_HOST=host).out)
    assert after == before
    assert after["id"]
    (folder / "Dockerfile").write_text(DOCKERFILE + "LABEL small=yes\n")
    stack.ctl("images", "build", "big", DOCKER_HOST=host)
    assert "1 old build removed" in stack.ctl("images", "prune", DOCKER_HOST=host).err


@contextmanager
def _full(disk: Path) -> Iterator[None]:
    """Have nothing left on a disk."""
    filler = disk / "filler"
    try:
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], capture_output=True, check=False)
        assert os.statvfs(disk).f_bavail == 0
        yield
    finally:
        filler.unlink(missing_ok=True)


STEPS: dict[str, Callable[[Engine, Compose], object]] = {
    "trying a notebook image": lambda engine, _: engine.run_probe(
        BASE, ["true"], environment={}, folder="/home", memory=64 * 2**20, processes=50, seconds=20
    ),
    "making the hub's container": lambda _, compose: compose.create("hub"),
    "starting the services": lambda _, compose: compose.up(),
    "giving the hub a file": lambda engine, _: engine.write_file("small-hub-1", "/etc/file", "x" * 100_000, owner=0),
}
"""What `up` does with Docker after building, in this order."""


def test_a_full_disk_is_named_at_each_later_step_and_the_next_try_works(
    small_engine: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, disk = small_engine
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  hub: {{image: '{BASE}', command: [sleep, infinity], init: true}}\n"
    )
    monkeypatch.setenv("DOCKER_HOST", host)
    engine, compose = Engine(), Compose(tmp_path, settings.load(tmp_path, {"STACK_NAME": "small"}).environment(), str)
    for act in STEPS.values():
        with _full(disk), pytest.raises(Exception, match=r"(?i)The disk is full|no space left on device"):
            act(engine, compose)
        act(engine, compose)
    compose.down(volumes=True)

"""A build for which the disk is too small, on an engine of its own with a small one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.engines import second_engine
from tests.stack.running import Stack

CATALOGUE = """
services:
  big:
    profiles: [singleuser]
    image: ${STACK_NAME:-stackhub}-singleuser-big
    build: {context: big, network: none, args: {BASE_IMAGE: "${STACK_BASE_IMAGE:-debian:trixie-slim}"}}
    x-notebook: {title: Big}
"""
DOCKERFILE = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nUSER 1000\nRUN cat /dev/null >/tmp/small\n"
TOO_BIG = DOCKERFILE + "RUN head -c 400M /dev/zero >/tmp/big\n"
DISK = "400m"


def test_a_full_disk_in_a_build_is_named_and_the_former_image_stays(engine_ready: None, tmp_path: Path) -> None:
    stack = Stack(tmp_path / "checkout")
    (stack.root / "singleuser/compose.yaml").write_text(CATALOGUE)
    folder = stack.root / "singleuser/big"
    folder.mkdir()
    with second_engine(tmp_path / "engine", DISK) as host:
        _copy("debian:trixie-slim", host)
        (folder / "Dockerfile").write_text(DOCKERFILE)
        stack.ctl("images", "build", DOCKER_HOST=host)
        (before,) = json.loads(stack.ctl("images", "list", "--json", DOCKER_HOST=host).out)
        (folder / "Dockerfile").write_text(TOO_BIG)
        said = stack.ctl("images", "build", code=1, DOCKER_HOST=host)
        assert "The disk is full: the image big could not be built, and the former build stays in use." in said.err
        assert "stackctl images prune" in said.err
        assert "No space left on device" in said.err
        (after,) = json.loads(stack.ctl("images", "list", "--json", DOCKER_HOST=host).out)
        assert after == before
        assert after["id"]
        (folder / "Dockerfile").write_text(DOCKERFILE + "LABEL small=yes\n")
        stack.ctl("images", "build", "big", DOCKER_HOST=host)
        assert "1 old build removed" in stack.ctl("images", "prune", DOCKER_HOST=host).err


def _copy(image: str, host: str) -> None:
    """Copy an image of the machine's own engine to the one at `host`."""
    with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saved:
        subprocess.run(["docker", "--host", host, "load", "--quiet"], stdin=saved.stdout, check=True, timeout=120)
    assert saved.returncode == 0

"""`up` and images that are not built here: pulled when they are missing, and no reason to stop when they cannot be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import docker.errors
import pytest

from stackctl.catalogue import IMAGES, edit
from tests.support.machine import apt_install
from tests.support.registry import PROGRAM, Proxy, proxy, registry
from tests.support.running import Stack


@pytest.fixture
def served(stack: Stack, tmp_path: Path) -> Iterator[Proxy]:
    """A registry with one image."""
    if not Path(PROGRAM).exists():
        apt_install("docker-registry")
    with registry(tmp_path) as real, proxy(real) as server:
        real.push("lab/nb", b"x")
        yield server
        with contextlib.suppress(docker.errors.ImageNotFound):
            stack.docker.images.remove(f"{server.address}/lab/nb:1")


@pytest.fixture
def catalogue(stack: Stack) -> Iterator[Path]:
    """The stack's catalogue, for a test to change; the next `up` has it as it was."""
    file = stack.root / IMAGES
    before = file.read_text()
    yield file
    file.write_text(before)


def test_up_pulls_what_is_missing_and_goes_on_without_what_it_cannot_get(
    stack: Stack, catalogue: Path, served: Proxy
) -> None:
    there, nowhere = f"{served.address}/lab/nb:1", "127.0.0.1:9/lab/none:1"
    text = edit.add(catalogue.read_text(), "there", there, "There")
    catalogue.write_text(edit.add(text, "nowhere", nowhere, "Nowhere"))
    plan = stack.ctl("up", "--dry-run").err
    assert f"pull {there}" in plan
    assert f"pull {nowhere}" in plan
    assert f"build {there}" not in plan
    assert not served.blobs()

    output = stack.ctl("up", "--yes").err
    assert "Images pulled: there" in output
    assert "The image nowhere could not be pulled: 127.0.0.1:9 cannot be reached from this server. Nobody can" in output
    assert stack.answer() == 200
    assert stack.docker.images.get(there)

    served.asked.clear()
    stack.ctl("up", "--yes")
    assert served.asked == [], "what is here is not asked for again"

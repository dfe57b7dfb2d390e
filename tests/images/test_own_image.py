"""An image of one's own, made by following docs/images.md exactly."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.images.conftest import LIMITS, Mounts
from tests.images.notebook import started
from tests.support.checkout import ROOT, STACK, files, run
from tests.support.kernel import Kernel
from tests.unit.singleuser.hub import Hub

DOCS = (ROOT / "docs" / "images.md").read_text().partition("## An image of your own")[2]
NAME = f"{STACK['STACK_NAME']}own"
"""A stack of its own: a copy that is no clone builds base and scipy with another revision, and others look at theirs."""

IMAGE = f"{NAME}-singleuser-stats"


def block(language: str) -> str:
    """The first code block of a language in that section."""
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def checkout(images: dict[str, str], tmp_path: Path) -> Iterator[Path]:
    """A clean clone, with the entry, the folder and the line in .env of the docs."""
    for name in files():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    folder = tmp_path / "singleuser" / "stats"
    folder.mkdir()
    (folder / "Dockerfile").write_text(block("dockerfile"))
    (tmp_path / "singleuser" / "compose.local.yaml").write_text(block("yaml"))
    line = re.search("STACKCTL_LOCAL_IMAGES=[^`]*", DOCS)
    assert line
    (tmp_path / ".env").write_text(f"{line[0]}\n")
    yield tmp_path
    engine = docker.from_env()
    for image in engine.images.list(filters={"reference": f"{NAME}-singleuser-*"}):
        for tag in image.tags:
            if tag.startswith(NAME):
                engine.images.remove(tag, force=True)


def ran(checkout: Path, *command: str, seconds: float = 120) -> str:
    return run("env", f"STACK_NAME={NAME}", *command, cwd=checkout, seconds=seconds)


def test_it_is_built_is_fit_and_has_what_it_says(checkout: Path, alices_hub: Hub, bundle: Mounts) -> None:
    ran(checkout, "bin/stackctl", "images", "build", "stats", seconds=300)
    ran(checkout, "docker", "compose", "--profile", "singleuser", "build", "stats", seconds=300)
    (verdict,) = json.loads(ran(checkout, "bin/stackctl", "images", "check", "stats", "--json"))
    assert (verdict["name"], verdict["reason"]) == ("stats", "")
    listed = json.loads(ran(checkout, "bin/stackctl", "images", "list", "--json"))
    (entry,) = [item for item in listed if item["name"] == "stats"]
    assert (entry["title"], entry["built"], entry["groups"]) == ("Statistics", True, [])
    with started(IMAGE, alices_hub, LIMITS, volumes=bundle) as notebook, Kernel(notebook) as kernel:
        assert kernel.run("import uncertainties, pandas; print(uncertainties.__version__)") == "3.2.3"

"""The documented upgrade, with a real git: what the operator chose stays out of the files that `git pull` changes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from stackctl import catalogue
from stackctl.catalogue import IMAGES, LOCAL_IMAGES, SIZES
from stackctl.engine.compose import Compose
from stackctl.errors import Exit
from stackctl.host import machine
from stackctl.images.check import Verdict
from stackctl.images.image_cache import ImageCache
from stackctl.offline import saving
from stackctl.stack import Stack
from tests.support.checkout import ROOT
from tests.unit.stackctl.conftest import Checkout

REFERENCE = "quay.io/jupyter/scipy-notebook:2026-11-02"


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    ran = subprocess.run(["git", "-C", folder, *who, *words], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """The project's repository."""
    folder = tmp_path / "upstream"
    shutil.copytree(ROOT / "singleuser", folder / "singleuser")
    for name in (".gitignore", "compose.yaml"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one")
    return folder


@pytest.fixture
def server(upstream: Path, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A clone on a server with 4 CPUs, 32 GB and the image to be added, which works."""
    git(checkout.root.parent, "clone", "--quiet", str(upstream), str(checkout.root))
    monkeypatch.setattr(machine, "cpus", lambda: 4)
    monkeypatch.setattr(machine, "memory", lambda: 32 * 2**30)
    monkeypatch.setattr(Stack, "engine", SimpleNamespace(has_image=REFERENCE.__eq__, image_id="id of {}".format))
    monkeypatch.setattr(ImageCache, "verdict", lambda *_, **__: Verdict())
    return checkout


def test_git_pull_after_init_images_add_and_remove(server: Checkout, upstream: Path) -> None:
    for words in (
        ("init", "--yes", "--title", "Lab", "--people", "4"),
        ("images", "add", REFERENCE, "--title", "SciPy", "--default"),
        ("images", "remove", "r"),
    ):
        ran = server.stackctl(*words)
        assert ran.code == Exit.DONE, ran.err
    assert git(server.root, "status", "--porcelain") == "", "git sees no change"

    for path, old, new in (
        (SIZES, "memory: 2G", "memory: 3G"),
        (IMAGES, "title: {en: Data science, zh-CN: 数据科学}", "title: {en: Science, zh-CN: 数据科学}"),
    ):
        text = (upstream / path).read_text()
        assert old in text
        (upstream / path).write_text(text.replace(old, new))
    git(upstream, "commit", "--all", "--quiet", "--message", "two")
    git(server.root, "pull", "--quiet")

    found = catalogue.load(server.root, "stackhub")
    assert [f"{size.name} {size.memory // 2**30}" for size in found.sizes] == ["small 6", "large 12"]
    assert [image.name for image in found.offered] == ["base", "scipy", "bokeh", "scipy-notebook"]
    assert [image.name for image in found.images if image.default] == ["scipy-notebook"]
    assert found.image("scipy").title["en"] == "Science", "what the project changed is there too"
    assert server.stackctl("init", "--yes", "--people", "4").err.splitlines()[0] == "✓ Nothing to change."


def test_files_that_an_earlier_stackctl_changed_are_read_as_before(server: Checkout) -> None:
    for path, old, new in (
        (SIZES, "memory: 2G", "memory: 6G"),
        (IMAGES, "services:\n", f"services:\n  old:\n    image: {REFERENCE}\n    x-notebook: {{title: Old}}\n\n"),
    ):
        text = (server.root / path).read_text()
        (server.root / path).write_text(text.replace(old, new))
    assert (
        f"{REFERENCE} is already in the catalogue, as old" in server.stackctl("images", "add", REFERENCE, "--title", "x").err
    )
    assert server.stackctl("images", "remove", "old").code == Exit.DONE
    found = catalogue.load(server.root, "stackhub")
    assert (found.sizes[0].memory, found.image("old").offered) == (6 * 2**30, False)


def test_an_archive_has_the_operators_images_and_not_the_sizes(server: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (("init", "--yes", "--people", "4"), ("images", "remove", "r")):
        assert server.stackctl(*words).code == Exit.DONE
    monkeypatch.setattr(Compose, "images", lambda _: {})
    files = saving.contents(Stack.load().builder, []).files
    assert [name for name in files if ".local." in name] == [LOCAL_IMAGES]

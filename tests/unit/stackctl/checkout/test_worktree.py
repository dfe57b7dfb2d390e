"""The checkout's root, revision and files, in real git repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackctl.checkout import worktree
from stackctl.errors import CheckFailedError, StackError


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("STACKCTL_ROOT", raising=False)
    folder = tmp_path / "checkout"
    (folder / "hub" / "conf.d").mkdir(parents=True)
    (folder / "compose.yaml").touch()
    (folder / "hub" / "jupyterhub_config.py").touch()
    (folder / "nginx").mkdir()
    (folder / "nginx" / "nginx.conf").touch()
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A change")
    return git(folder, "rev-parse", "HEAD")


def test_root_is_the_nearest_checkout_above(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout / "hub" / "conf.d")
    assert worktree.root() == checkout


def test_root_is_what_bin_stackctl_says(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKCTL_ROOT", str(tmp_path))
    monkeypatch.chdir(checkout)
    assert worktree.root() == tmp_path


def test_without_a_checkout_the_error_says_where_it_looked(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout.parent)
    with pytest.raises(StackError) as caught:
        worktree.root()
    assert caught.value.message == f"There is no stack in {checkout.parent} or its parents."
    assert caught.value.hint == "Change to your checkout, or use its bin/stackctl."


def test_revision_is_the_last_commit_that_changed_the_paths(checkout: Path) -> None:
    git(checkout, "init", "--quiet")
    first = commit(checkout)
    (checkout / "nginx" / "nginx.conf").write_text("events {}\n")
    second = commit(checkout)
    assert worktree.revision(checkout, "hub") == first
    assert worktree.revision(checkout, "nginx") == worktree.revision(checkout, "hub", "nginx") == second


def test_revision_says_when_the_paths_have_changed_since(checkout: Path) -> None:
    git(checkout, "init", "--quiet")
    first = commit(checkout)
    (checkout / "hub" / "new.py").touch()
    assert worktree.revision(checkout, "hub") == f"{first}-dirty"
    assert worktree.revision(checkout, "nginx") == first


def test_revision_is_empty_without_a_commit_and_without_git(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.parent))
    assert worktree.revision(checkout, "hub") == ""
    git(checkout, "init", "--quiet")
    assert worktree.revision(checkout, "hub") == ""
    monkeypatch.setenv("PATH", "/nowhere")
    assert worktree.revision(checkout, "hub") == ""


def test_files_are_those_in_git_and_new_ones_where_something_is_built(checkout: Path) -> None:
    git(checkout, "init", "--quiet")
    (checkout / ".gitignore").write_text("*.log\n")
    commit(checkout)
    for name in (".env", "token.txt", "hub/new.py", "hub/some.log", ".stack/stackhub/loaded.json", "offline/SHA256SUMS"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    expected = [".gitignore", "compose.yaml", "hub/jupyterhub_config.py", "hub/new.py", "nginx/nginx.conf"]
    assert worktree.files(checkout, ["hub"]) == expected
    git(checkout, "add", "--force", ".env", ".stack", "offline")
    (checkout / "compose.yaml").unlink()
    expected.remove("compose.yaml")
    assert worktree.files(checkout, ["hub"]) == expected


def test_files_cannot_be_listed_without_git(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.parent))
    with pytest.raises(CheckFailedError) as caught:
        worktree.files(checkout, ["hub"])
    assert (
        caught.value.hint == f"Install git. If this is not a checkout: git -C {checkout} init, git -C {checkout} add --all"
    )

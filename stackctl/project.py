"""The checkout that stackctl works on, and its revision."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from stackctl.errors import CheckFailedError, StackError


def root() -> Path:
    """The folder with the stack's compose.yaml: bin/stackctl's own, else the nearest one above the current folder.

    Raises StackError where there is none.
    """
    if given := os.environ.get("STACKCTL_ROOT"):
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "compose.yaml").is_file() and (folder / "hub" / "jupyterhub_config.py").is_file():
            return folder
    raise StackError(f"There is no stack in {here} or above it.", "Change to your checkout of it, or use its bin/stackctl.")


def revision(folder: Path, *paths: str) -> str:
    """The last commit in `folder` that changed any of `paths`, and `-dirty` when they have changed since; "" without git."""

    def git(*args: str) -> str:
        # safe.directory: with sudo, the checkout belongs to somebody else
        command = ["git", "-c", f"safe.directory={folder}", "-C", str(folder), *args, "--", *paths]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()

    try:
        commit = git("log", "-1", "--format=%H")
        return f"{commit}-dirty" if commit and git("status", "--porcelain") else commit
    except (OSError, subprocess.TimeoutExpired):
        return ""


def files(folder: Path, built: Iterable[str]) -> list[str]:
    """The files of the checkout: those that are in git, and below `built` also those that are new and not ignored.

    What stackctl itself keeps there, and .env, are not among them, in git or not. Raises CheckFailedError without git.
    """

    def git(*args: str) -> list[str]:
        command = ["git", "-c", f"safe.directory={folder}", "-C", str(folder), "ls-files", "-z", *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split("\0")

    try:
        names = {*git("--cached"), *git("--others", "--exclude-standard", "--", *built)} - {"", ".env"}
    except (OSError, subprocess.SubprocessError):
        raise CheckFailedError(
            f"Which files belong to the project is not known: {folder} is no git checkout, or git is not on this machine.",
            f"Install git; and where this is no checkout: git -C {folder} init, git -C {folder} add --all",
        ) from None
    return sorted(name for name in names if not name.startswith((".stack/", "offline/")) and (folder / name).is_file())

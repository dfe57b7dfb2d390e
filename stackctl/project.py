"""The checkout that stackctl works on, and its revision."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from stackctl.errors import StackError


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

"""The checkout as a git work tree: its root, the revision of its parts, and its files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from stackctl.errors import CheckFailedError, StackError

IMAGES, LOCAL_IMAGES = "singleuser/compose.yaml", "singleuser/compose.local.yaml"
"""Compose files of the notebook images: the project's, and the operator's, which is merged over it where it exists."""

LOCAL_IMAGES_VARIABLE = "STACKCTL_LOCAL_IMAGES"
"""By which compose.yaml finds LOCAL_IMAGES. In .env it is for plain `docker compose`; stackctl sets it by itself."""


def root() -> Path:
    """The folder with the stack's compose.yaml: of bin/stackctl, otherwise the current folder or its nearest parent.

    Raises StackError if there is none.
    """
    if own := os.environ.get("STACKCTL_ROOT"):
        return Path(own)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "compose.yaml").is_file() and (folder / "hub" / "jupyterhub_config.py").is_file():
            return folder
    raise StackError(f"There is no stack in {here} or its parents.", "Change to your checkout, or use its bin/stackctl.")


def revision(folder: Path, *paths: str) -> str:
    """The last commit in `folder` that changed any of `paths`, with `-dirty` if they have changed since; "" without git."""

    def git(*args: str) -> str:
        # safe.directory: with sudo, the checkout belongs to another user
        command = ["git", "-c", f"safe.directory={folder}", "-C", str(folder), *args, "--", *paths]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()

    try:
        commit = git("log", "-1", "--format=%H")
        return f"{commit}-dirty" if commit and git("status", "--porcelain") else commit
    except (OSError, subprocess.TimeoutExpired):
        return ""


def files(folder: Path, built: Iterable[str]) -> list[str]:
    """The files of the checkout that are in git, and below `built` also new ones that git does not ignore.

    Never .env and what stackctl itself keeps. Raises CheckFailedError without git.
    """

    def git(*args: str) -> list[str]:
        command = ["git", "-c", f"safe.directory={folder}", "-C", str(folder), "ls-files", "-z", *args]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split("\0")

    try:
        names = {*git("--cached"), *git("--others", "--exclude-standard", "--", *built)} - {"", ".env"}
    except (OSError, subprocess.SubprocessError):
        raise CheckFailedError(
            f"Cannot list the files of the project: {folder} is not a git checkout, or git is not installed.",
            f"Install git. If this is not a checkout: git -C {folder} init, git -C {folder} add --all",
        ) from None
    return sorted(name for name in names if not name.startswith((".stack/", "offline/")) and (folder / name).is_file())

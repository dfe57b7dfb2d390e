"""Bare git repositories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

COMMITTER = "Maintainer <maintainer@example.org> 1767225600 +0000"
FIRST = f"""commit refs/heads/main
committer {COMMITTER}
data 12
First commit
M 100644 inline README.md
data 7
# Data

"""


def run_git(folder: str | Path, *arguments: str, given: str = "") -> str:
    """Run git in `folder`, without the machine's own git configuration. Returns its output."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    ran = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=given, env=environment, capture_output=True, text=True, check=True
    )
    return ran.stdout


def create_repository(folder: Path) -> None:
    """Create a bare repository with one commit, README.md, on the branch main."""
    folder.mkdir(parents=True)
    run_git(folder, "init", "--quiet", "--bare", "--initial-branch=main", ".")
    run_git(folder, "fast-import", "--quiet", given=FIRST)

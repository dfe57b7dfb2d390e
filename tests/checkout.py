"""The checkout under test, and running its commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.machine import WORKER

ROOT = Path(__file__).resolve().parent.parent
STACK = {
    "STACK_NAME": f"{os.environ.get('STACKTEST_NAME', 'stacktest')}{WORKER or ''}",
    "STACK_HTTP_PORT": str(int(os.environ.get("STACKTEST_PORT", "18000")) + 100 * WORKER),
}
"""The settings of the stack under test, which leave another stack on this machine alone, that of another run too."""


def run(*command: str, seconds: float = 60, cwd: Path = ROOT) -> str:
    """What a command prints, with the settings of the stack under test. The test fails, with all it said, when it does."""
    environment = os.environ | STACK
    try:
        ran = subprocess.run(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=True
        )
        return ran.stdout.decode()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = ((error.stdout or b"") + (error.stderr or b"")).decode(errors="replace")
        failure = f"{error}\n{said}"
    pytest.fail(failure, pytrace=False)


def files() -> list[str]:
    """The paths of the files that are in git, or would be if they were added now."""
    listed = run("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(path for path in listed.split("\0") if (ROOT / path).is_file())

"""The checkout under test, and running its commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import WORKER

ROOT = Path(__file__).resolve().parents[2]
STACK = {
    "STACK_NAME": os.environ.get("STACKTEST_NAME", "stacktest"),
    "STACK_HTTP_PORT": os.environ.get("STACKTEST_PORT", "18000"),
}
"""The settings of the checkout, which leave another stack on this machine alone, that of another run too."""

WORKER_STACK = {
    "STACK_NAME": f"{STACK['STACK_NAME']}{WORKER + 1}",
    "STACK_HTTP_PORT": str(int(STACK["STACK_HTTP_PORT"]) + 100 * (WORKER + 1)),
}
"""Those of the stack that this worker runs. Its images have names of their own."""


def run(*command: str, seconds: float = 60, cwd: Path = ROOT) -> str:
    """What a command prints, with the settings of the checkout. The test fails, with all that it printed, when it fails."""
    environment = os.environ | STACK
    try:
        ran = subprocess.run(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=True
        )
        return ran.stdout.decode()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        output = ((error.stdout or b"") + (error.stderr or b"")).decode(errors="replace")
        failure = f"{error}\n{output}"
    pytest.fail(failure, pytrace=False)


def files() -> list[str]:
    """The paths of the files that are in git, or would be if they were added now."""
    listed = run("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(path for path in listed.split("\0") if (ROOT / path).is_file())

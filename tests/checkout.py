"""The checkout under test, and running its commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STACK = {"STACK_NAME": "stacktest", "STACK_HTTP_PORT": "18000"}
"""The settings of the stack under test, which leave another stack on this machine alone."""


def run(*command: str, seconds: float = 60, cwd: Path = ROOT) -> str:
    """What a command prints, run with the settings of the stack under test. The test fails, with all it said, when it does."""
    try:
        ran = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | STACK,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=seconds,
            check=True,
        )
    except subprocess.SubprocessError as error:
        assert isinstance(error, subprocess.CalledProcessError | subprocess.TimeoutExpired)
        said = "\n".join(part if isinstance(part, str) else part.decode() for part in (error.stdout, error.stderr) if part)
        pytest.fail(f"{error}\n{said}", pytrace=False)
    return ran.stdout

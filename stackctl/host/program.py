"""Running this system's programs, and being root for that."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Mapping

from stackctl.errors import DISK_FULL, CheckFailedError, StackError, disk_full
from stackctl.ui import console

SECONDS = 900
INTERRUPTED_SECONDS = 20


def need_root(task: str) -> None:
    """Raises CheckFailedError if this process is not root. `task`: what needs root, such as "start Docker"."""
    if os.geteuid() != 0:
        raise CheckFailedError(f"You must be root to {task}.", "Run it with sudo: sudo bin/stackctl up")


def run(command: list[str], environment: Mapping[str, str], hint: str) -> None:
    """Run a program. Raises StackError with its last lines and `hint` if it fails.

    It is killed after 15 minutes. Ctrl-C reaches it too; then it has 20 seconds to clean up.
    """
    shown = " ".join(word for word in command if not word.startswith(("-", "DPkg")))
    with (
        console.Working(shown[:60]),
        subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process,
    ):
        output = _output(process, command[0], hint)
    if process.returncode != 0 and DISK_FULL in output.lower():
        raise disk_full(f": `{command[0]}` failed")
    if process.returncode != 0:
        raise StackError(f"`{' '.join(command)[:100]}` failed.", hint, detail="\n".join(output.splitlines()[-12:]))


def _output(process: subprocess.Popen[str], name: str, hint: str) -> str:
    try:
        return process.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise StackError(f"`{name}` did not end within 15 minutes.", hint) from None
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=INTERRUPTED_SECONDS)
        process.kill()
        raise

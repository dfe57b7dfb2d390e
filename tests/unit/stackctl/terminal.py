"""A real terminal with somebody at it, who waits for a question and then types."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.support.checkout import ROOT
from tests.support.waiting import wait_until

SECONDS = 30

CONTROL = ("\x03", "\x04")
"""Ctrl-C and Ctrl-D."""


def type_to(root: Path, words: Iterable[str], answers: Iterable[tuple[str, str]]) -> tuple[int, str]:
    """Run stackctl on the checkout at `root`, and answer each text that it asks with what is to be typed.

    Its exit code, and what was on the screen, without colours. Fails when a text does not come.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("STACK_", "GITLAB_"))}
    environ |= {"STACKCTL_ROOT": str(root), "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "200"}
    child, terminal = pty.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in the background ignores Ctrl-C, and hands that on
        os.execve(sys.executable, [sys.executable, "-m", "stackctl", *words], environ)
    screen, seen = "", 0
    try:
        for text, typed in answers:
            while text not in screen[seen:]:
                more = _read(terminal, f"{text!r} did not come:\n{screen}")
                assert more, f"It ended before {text!r}:\n{screen}"
                screen += more
            seen = screen.index(text, seen) + len(text)
            if typed in CONTROL:
                wait_until(lambda: _reads(child), SECONDS, f"{text!r} waits for an answer")
            os.write(terminal, typed.encode())
        while more := _read(terminal, f"it did not end:\n{screen}"):
            screen += more
    finally:
        os.close(terminal)  # hangs up on a program that still waits
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), screen


def _reads(process: int) -> bool:
    """Whether it is blocked in a call on its standard input. A Ctrl-C just before that has to wait for the next line.

    https://docs.kernel.org/filesystems/proc.html; the second word is the call's first argument.
    """
    return Path(f"/proc/{process}/syscall").read_text().split()[1:2] == ["0x0"]


def _read(terminal: int, failure: str) -> str:
    """What comes next, without colours; "" at the end."""
    begun = time.monotonic()
    while time.monotonic() - begun < SECONDS:
        if select.select([terminal], [], [], 1)[0]:
            try:
                return re.sub(r"\x1b\[[0-9;]*m|\r", "", os.read(terminal, 65536).decode())
            except OSError:  # Linux says so at the end
                return ""
    raise AssertionError(failure)

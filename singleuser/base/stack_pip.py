"""Says after `pip install` that the package is lost when the server stops, and how to keep it.

stack_pip.pth imports this when the notebook's Python starts with the word `install`: for `%pip`, `pip` and `python -m pip`.
pip has no hooks. Environments of the person's own have another Python.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePath

NOTE = """
Note: packages installed outside an environment are lost when this server stops. An environment is kept, and is a kernel:
  python -m venv ~/work/lab && ~/work/lab/bin/pip install PACKAGE
"""
NOTE_ZH = """
注意：没有装在环境里的软件包，服务器停止后就会丢失。环境会保留，并作为内核出现：
  python -m venv ~/work/lab && ~/work/lab/bin/pip install 软件包
"""
ELSEWHERE = ("-t", "--target", "--prefix", "--root", "--dry-run", "--help", "-h")
"""With these options pip installs nothing here."""


def installs(command: Sequence[str]) -> bool:
    """Whether a command line is `pip install` or `python -m pip install`. Raises nothing: Python is just starting."""
    words = list(command[1:])
    if words[:2] == ["-m", "pip"]:
        words = words[1:]
    is_pip = bool(words) and PurePath(words[0]).name in ("pip", "pip3")
    action = next((word for word in words[1:] if not word.startswith("-")), "")
    return is_pip and action == "install" and not any(word.split("=")[0] in ELSEWHERE for word in words)


def note(environ: Mapping[str, str]) -> str:
    """The note in the person's language."""
    language = environ.get("STACK_LANG") or environ.get("LC_ALL") or environ.get("LANG") or ""
    return NOTE_ZH if language.startswith("zh") else NOTE


def watch(command: Sequence[str]) -> None:
    """Print the note when this process ends, if it is pip. Python reads .pth files twice where lib64 is a link to lib."""
    atexit.unregister(_print)
    if installs(command):
        atexit.register(_print)


def _print() -> None:
    print(note(os.environ), file=sys.stderr, end="")

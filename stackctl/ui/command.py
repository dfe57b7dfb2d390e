"""How to type stackctl on this machine, for messages that name a command."""

from __future__ import annotations

import functools
import os
import re
import shutil
from pathlib import Path

COMMANDS = Path(__file__).parent.parent / "commands"


def typeable(text: str) -> str:
    """`text` with each `stackctl COMMAND` as it can be typed here: `bin/stackctl COMMAND` if stackctl is not on PATH."""
    return re.sub(
        r"(?<![\w/.-])stackctl (?=(--\w+|\w+))", lambda name: f"{_name()} " if _is_command(name[1]) else name[0], text
    )


def _is_command(word: str) -> bool:
    return word.startswith("--") or (COMMANDS / word).is_dir() or (COMMANDS / f"{word}.py").is_file()


@functools.cache
def _name() -> str:
    """stackctl, or the path by which bin/stackctl was called, which it passes on."""
    called = os.environ.get("STACKCTL_CALLED", "stackctl")
    on_path = shutil.which("stackctl")
    same = on_path is not None and os.path.realpath(on_path) == os.path.realpath(called)
    return "stackctl" if same else called

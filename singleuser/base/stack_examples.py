"""A server extension: a person gets a copy of the image's examples, once.

Each folder below /opt/examples becomes one of the same name in work/examples. What is there already is left alone, and what
a person deletes stays deleted: work/.examples lists what was given. An image has them by `COPY examples /opt/examples/NAME`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

EXAMPLES = Path("/opt/examples")


def give(examples: Path, work: Path) -> list[str]:
    """Copy what was not given yet; the names of what is now there."""
    names = sorted(path.name for path in examples.glob("*/"))
    given = work / ".examples"
    before = given.read_text(encoding="utf-8").split("\n") if names and given.exists() else []
    new = [name for name in names if name not in before]
    for name in new:
        _copy(examples / name, work / "examples" / name)
        with given.open("a", encoding="utf-8") as listed:
            listed.write(f"{name}\n")
    return new


def _copy(source: Path, target: Path) -> None:
    """A copy, unless something is there: whole or not at all."""
    if os.path.lexists(target):
        return
    target.parent.mkdir(exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copytree(source, half, copy_function=shutil.copyfile)
        half.replace(target)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_examples"}]


def _load_jupyter_server_extension(server: Any) -> None:
    try:
        give(EXAMPLES, Path.home() / "work")
    except OSError as error:
        server.log.warning("The examples could not be copied: %s", error)

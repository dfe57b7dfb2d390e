"""A server extension: copies the image's examples to the work folder, once.

Each folder in /opt/examples is copied to a folder of the same name in work/examples. Existing files are left alone, and
examples that a person deletes stay deleted: work/.examples lists what was copied. In a Dockerfile:
`COPY examples /opt/examples/NAME`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

EXAMPLES = Path("/opt/examples")


def copy_new(examples: Path, work: Path) -> list[str]:
    """Copy the examples that were not copied before. Returns their names. Raises OSError."""
    names = sorted(path.name for path in examples.glob("*/"))
    record = work / ".examples"
    before = record.read_text(encoding="utf-8").split("\n") if names and record.exists() else []
    new = [name for name in names if name not in before]
    for name in new:
        _copy(examples / name, work / "examples" / name)
        with record.open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
    return new


def _copy(source: Path, target: Path) -> None:
    """Copy a folder in one step, unless the target exists."""
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
        copy_new(EXAMPLES, Path.home() / "work")
    except OSError as error:
        server.log.warning("Cannot copy the examples: %s", error)

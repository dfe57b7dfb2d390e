"""Who on this server has the user and group numbers of the containers: they could act on notebook servers."""

from __future__ import annotations

import contextlib
import grp
import pwd
from collections.abc import Iterator
from pathlib import Path

SUBORDINATE = [Path("/etc/subuid"), Path("/etc/subgid")]
"""The ranges of numbers that accounts may use in their own containers: man subuid."""


def holders(number: int, files: list[Path] = SUBORDINATE) -> Iterator[str]:
    """Each account, group and range of this server that has a number, in words."""
    with contextlib.suppress(KeyError):
        yield f"the account {pwd.getpwuid(number).pw_name}"
    with contextlib.suppress(KeyError):
        yield f"the group {grp.getgrgid(number).gr_name}"
    for file in files:
        for name, first, count in _ranges(file):
            if first <= number < first + count:
                yield f"{name}, by {file},"


def _ranges(file: Path) -> Iterator[tuple[str, int, int]]:
    with contextlib.suppress(OSError):  # most servers without rootless containers have none
        for line in file.read_text(errors="replace").splitlines():
            name, *numbers = line.split(":")
            if len(numbers) == 2 and all(number.isdigit() for number in numbers):
                yield name, int(numbers[0]), int(numbers[1])

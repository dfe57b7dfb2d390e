"""The version of the data in .stack/NAME/, so that an older stackctl does not touch what it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

from stackctl import __version__
from stackctl.checkout import files
from stackctl.errors import CheckFailedError

VERSION = 1
"""Increase it when an older stackctl would misread this one's data; `mark` must then update the file."""

FILE = "state.json"


def check(folder: Path) -> None:
    """Raises CheckFailedError if a newer stackctl has written to `folder`."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text())
        version, writer = int(content["version"]), str(content["stackctl"])
    except (FileNotFoundError, PermissionError):  # a user who cannot read it cannot change anything either: lock.py
        return
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        hint = f"Restore it from a backup; or, if no newer stackctl was ever used here: rm {path}"
        raise CheckFailedError(f"{path} is damaged ({error}).", hint) from None
    if version > VERSION:
        raise CheckFailedError(
            f"stackctl {writer} has written {folder} in version {version}, but this stackctl, {__version__}, "
            f"reads only up to version {VERSION}.",
            f"Use stackctl {writer} or newer: git pull. To stay on this version, restore an older backup.",
        )


def mark(folder: Path) -> None:
    """Record the version, unless it is recorded already."""
    if not (folder / FILE).exists():
        files.write(folder / FILE, json.dumps({"version": VERSION, "stackctl": __version__}))

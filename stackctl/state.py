"""The version of what stackctl keeps in .stack/NAME/, so that an older stackctl leaves alone what it does not understand."""

from __future__ import annotations

import json
from pathlib import Path

from stackctl import __version__, files
from stackctl.errors import CheckFailedError

VERSION = 1
"""To be raised when an older stackctl would misread what this one writes there; `mark` then brings that up to date."""

FILE = "state.json"


def check(folder: Path) -> None:
    """Raises CheckFailedError when a newer stackctl has written in `folder`."""
    path = folder / FILE
    try:
        said = json.loads(path.read_text())
        version, writer = int(said["version"]), str(said["stackctl"])
    except (FileNotFoundError, PermissionError):  # whoever may not read it cannot change anything either: lock.py
        return
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        hint = f"Put it back from a backup; or, if no newer stackctl was ever used here: rm {path}"
        raise CheckFailedError(f"{path} is not as stackctl wrote it ({error}).", hint) from None
    if version > VERSION:
        raise CheckFailedError(
            f"{folder} was written by stackctl {writer}, in a way that this one, {__version__}, does not know "
            f"(version {version}, and {VERSION} is the latest here).",
            f"Use stackctl {writer} or newer: git pull. To go back for good, restore a backup from before.",
        )


def mark(folder: Path) -> None:
    """Write down which version it is, where that does not stand there."""
    if not (folder / FILE).exists():
        files.write(folder / FILE, json.dumps({"version": VERSION, "stackctl": __version__}))

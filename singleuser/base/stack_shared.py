"""A server extension: links the shared folders in ~/shared into the work folder, which is all that JupyterLab shows.

A mount inside the work folder would not be safe: the folders on the path belong to the user and may be links themselves.
And files that other people put there would count as the user's own, for example as environments.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

TARGET = Path("../shared")


def link_shared(home: Path) -> None:
    """Link work/shared to the shared folders, unless it exists. Without shared folders, remove the link."""
    link = home / "work" / "shared"
    if not (home / "shared").is_dir():
        if link.is_symlink() and link.readlink() == TARGET:
            link.unlink()
    elif not os.path.lexists(link):
        link.symlink_to(TARGET)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_shared"}]


def _load_jupyter_server_extension(server: Any) -> None:
    try:
        link_shared(Path.home())
    except OSError as error:
        server.log.warning("Cannot show the shared folders in the work folder; they are in ~/shared: %s", error)

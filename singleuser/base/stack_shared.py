"""A server extension: JupyterLab, which shows the work folder, shows what everybody has in ~/shared there, too.

By a link, on the person's volume. In there nothing can be mounted safely: the folders on the way are the person's, and may
be links themselves. And what others put there would count as the person's own: their environments, say.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

TARGET = Path("../shared")


def show(home: Path) -> None:
    """Have work/shared lead to what is shared, unless the person has something of that name; none to nothing."""
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
        show(Path.home())
    except OSError as error:
        server.log.warning("What everybody has is in ~/shared, and not shown: %s", error)

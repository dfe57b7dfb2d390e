"""No space under the hub's database: who is signed in stays so, and nothing is begun that could not be written down."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler

from .settings import DATA
from .start_errors import StartFailedError

LEAST = 2**20
"""Bytes that SQLite finds room in for a change and its journal."""


def is_full(folder: Path = DATA) -> bool:
    """Whether there is too little space for a change of the database."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < LEAST


def check() -> None:
    """Raises StartFailedError when there is too little space, before anything is changed."""
    if is_full():
        raise StartFailedError("disk-full")


def keep_people_signed_in() -> None:
    """Note when somebody was last here only while there is space for that.

    JupyterHub notes it before it looks who asks. When that fails, it takes them for nobody, and so for a stranger whoever
    has a notebook open: https://github.com/jupyterhub/jupyterhub/blob/6.1.1/jupyterhub/handlers/base.py#L90
    """
    note = BaseHandler._record_activity

    def note_if_there_is_space(handler: Any, who: Any, timestamp: datetime | None = None) -> bool:
        return not is_full() and bool(note(handler, who, timestamp))

    BaseHandler._record_activity = note_if_there_is_space  # type: ignore[method-assign]

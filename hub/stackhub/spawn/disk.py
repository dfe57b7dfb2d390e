"""A full disk under the hub's database: people stay signed in, and nothing is started or stopped that can't be saved."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler

from stackhub.settings import DATA
from stackhub.spawn.errors import StartFailedError

MIN_FREE = 2**20
"""Bytes that SQLite needs for a change and its journal."""


def is_full(folder: Path = DATA) -> bool:
    """Whether there is too little space to change the database."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < MIN_FREE


def check() -> None:
    """Raises StartFailedError if there is too little space. Call it before changing anything."""
    if is_full():
        raise StartFailedError("disk-full")


def keep_people_signed_in() -> None:
    """Make JupyterHub skip recording a user's activity while the disk is full.

    JupyterHub records it before it identifies the user. If that fails, the user counts as not signed in, in every
    open notebook too: https://github.com/jupyterhub/jupyterhub/blob/6.1.1/jupyterhub/handlers/base.py#L90
    """
    record = BaseHandler._record_activity

    def record_if_possible(handler: Any, entity: Any, timestamp: datetime | None = None) -> bool:
        return not is_full() and bool(record(handler, entity, timestamp))

    BaseHandler._record_activity = record_if_possible  # type: ignore[method-assign]

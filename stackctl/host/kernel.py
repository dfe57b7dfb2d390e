"""A limit of this server's kernel that all notebook servers share, because it counts by user."""

from __future__ import annotations

import os
from pathlib import Path

SETTING = "fs.inotify.max_user_instances"
"""How many programs of a user can watch files: https://man7.org/linux/man-pages/man7/inotify.7.html"""

WATCHERS = 8192
"""Enough for hundreds of servers. The kernel's default is 128."""

VALUE = Path("/proc/sys") / SETTING.replace(".", "/")
FILE = Path("/etc/sysctl.d/60-stackhub.conf")


def watchers() -> int | None:
    """The limit; None where it cannot be read."""
    try:
        return int(VALUE.read_text())
    except (OSError, ValueError):
        return None


def can_raise() -> bool:
    """Whether the limit is low, and this process may change it."""
    found = watchers()
    return found is not None and found < WATCHERS and os.access(VALUE, os.W_OK) and os.access(FILE.parent, os.W_OK)


def raise_watchers() -> None:
    """Raise the limit, now and after each start of the server. Raises OSError."""
    FILE.write_text(f"# All notebook servers share this limit: docs/security.md of stackhub\n{SETTING} = {WATCHERS}\n")
    VALUE.write_text(str(WATCHERS))

"""With STACK_AUTH=pam: can the hub read the server's accounts, and do the groups that may sign in have members?"""

from __future__ import annotations

import stat
from pathlib import Path

from stackctl.settings.pam import ACCOUNTS
from stackctl.ui.check import Check

ADMINS = "STACK_PAM_ADMIN_GROUP"
MEMBERS = "STACK_PAM_GROUP"


def check(group: str, admin_group: str, etc: Path = ACCOUNTS) -> list[Check]:
    """Problems of the account files in `etc`, and of the groups in STACK_PAM_GROUP and STACK_PAM_ADMIN_GROUP."""
    files = [_shadow(etc / "shadow"), _plain(etc / "passwd"), _plain(etc / "group")]
    if unreadable := [check for check in files if check]:
        return unreadable
    groups = [(group, MEMBERS)] + [(admin_group, ADMINS)] * bool(admin_group)
    return [_group(name, setting, members(name, etc)) for name, setting in groups]


def _shadow(path: Path) -> Check | None:
    """Whether the hub can read it, not this user: the hub joins the group that owns the file."""
    try:
        state = path.stat()
    except OSError as error:
        return Check("fail", f"The hub cannot read {path} ({error.strerror}).", "See docs/pam.md.")
    if state.st_gid == 0 or not state.st_mode & stat.S_IRGRP:
        message = f"Only root can read {path}, and the hub is not root: people could not sign in."
        return Check("fail", message, f"Let a group read it, as on Debian: chgrp shadow {path}; chmod 640 {path}")
    return None


def _plain(path: Path) -> Check | None:
    try:
        path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror}): this server's accounts are unknown."
        return Check("fail", message, f"Usually everybody may read it: chmod 644 {path}")
    return None


def members(group: str, etc: Path = ACCOUNTS) -> list[str] | None:
    """The members of a group, including those that have it as their primary group; None if there is no such group."""
    for name, _, gid, listed in _lines(etc / "group", 4):
        if name == group:
            primary = [fields[0] for fields in _lines(etc / "passwd", 7) if fields[3] == gid]
            return sorted({*primary, *filter(None, listed.split(","))})
    return None


def _lines(path: Path, fields: int) -> list[list[str]]:
    """The lines of passwd or group: https://manpages.debian.org/passwd.5, https://manpages.debian.org/group.5"""
    lines = [line.split(":") for line in path.read_text(errors="replace").splitlines()]
    return [line for line in lines if len(line) == fields]


def _group(name: str, setting: str, members: list[str] | None) -> Check:
    join = f"adduser NAME {name}"
    if members is None:
        message = f"{setting} names the group {name}, which is not in /etc/group."
        return Check("fail", message, f"Create it (addgroup {name}; {join}), or set {setting} to another group in .env.")
    if not members:
        return Check("warn", f"The group {name} ({setting}) has no members.", f"To add somebody: {join}")
    return Check("ok", f"Members of the group {name} ({setting}): {', '.join(members)}.")

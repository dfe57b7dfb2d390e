"""STACK_AUTH=pam: can the hub read the server's accounts, and is there anybody in the groups that let people in?"""

from __future__ import annotations

import stat
from pathlib import Path

from stackctl.checks import Check
from stackctl.pam_settings import ACCOUNTS

ADMINS = "STACK_PAM_ADMIN_GROUP"
MEMBERS = "STACK_PAM_GROUP"


def check(group: str, admin_group: str, etc: Path = ACCOUNTS) -> list[Check]:
    """What is wrong with the accounts in `etc`, and with the groups of STACK_PAM_GROUP and STACK_PAM_ADMIN_GROUP."""
    unreadable = [found for found in (_shadow(etc / "shadow"), _plain(etc / "passwd"), _plain(etc / "group")) if found]
    if unreadable:
        return unreadable
    named = [(group, MEMBERS)] + [(admin_group, ADMINS)] * bool(admin_group)
    return [_group(name, setting, members(name, etc)) for name, setting in named]


def _shadow(path: Path) -> Check | None:
    """Not whether this user may read it, but whether the hub may: it joins the group that owns the file."""
    try:
        found = path.stat()
    except OSError as error:
        return Check("fail", f"{path} is not there for the hub to read ({error.strerror}).", "See docs/pam.md.")
    if found.st_gid == 0 or not found.st_mode & stat.S_IRGRP:
        what = f"{path} can be read by root alone, and the hub is not root: people could not sign in."
        return Check("fail", what, f"Let a group read it, as Debian does: chgrp shadow {path}; chmod 640 {path}")
    return None


def _plain(path: Path) -> Check | None:
    try:
        path.read_bytes()
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror}): the server's accounts are not known."
        return Check("fail", what, f"Everybody may read it, as a rule: chmod 644 {path}")
    return None


def members(group: str, etc: Path = ACCOUNTS) -> list[str] | None:
    """The names in a group, those included that have it as their primary one; None when there is no such group."""
    for name, _, gid, listed in _lines(etc / "group", 4):
        if name == group:
            primary = [fields[0] for fields in _lines(etc / "passwd", 7) if fields[3] == gid]
            return sorted({*primary, *filter(None, listed.split(","))})
    return None


def _lines(path: Path, fields: int) -> list[list[str]]:
    """The lines of passwd or group: https://manpages.debian.org/passwd.5, https://manpages.debian.org/group.5"""
    lines = [line.split(":") for line in path.read_text(errors="replace").splitlines()]
    return [line for line in lines if len(line) == fields]


def _group(name: str, setting: str, found: list[str] | None) -> Check:
    join = f"adduser NAME {name}"
    if found is None:
        what = f"There is no group {name} in /etc/group, and {setting} names it."
        return Check("fail", what, f"Make it (addgroup {name}; {join}), or set {setting} to another one in .env.")
    if not found:
        return Check("warn", f"Nobody is in the group {name} ({setting}).", f"To put somebody there: {join}")
    return Check("ok", f"In the group {name} ({setting}): {', '.join(found)}.")

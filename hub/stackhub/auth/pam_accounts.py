"""The host's accounts, from its /etc: the only importer of PAM and the only reader of shadow.

start-hub links the container's passwd, shadow, group and shells to the host's, so that the C library and pam_unix find them.
"""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import pamela

ETC = Path("/run/host-etc")
"""The host's /etc, mounted by compose.yaml. The whole folder: a mounted file would stay the old one after `passwd`."""

FILES = ("passwd", "group", "shadow")
SERVICE = "stackhub"
"""The name of hub/pam-service in /etc/pam.d."""

WRONG = {7, 10, 11}
"""PAM_AUTH_ERR, PAM_USER_UNKNOWN, PAM_MAXTRIES: _pam_types.h, as those below."""

MUST_CHANGE, EXPIRED, PASSWORD_EXPIRED = 12, 13, 27
"""PAM_NEW_AUTHTOK_REQD, PAM_ACCT_EXPIRED, PAM_AUTHTOK_EXPIRED."""


class UnreadableError(Exception):
    """The accounts can't be read, which says nothing about any of them."""


@dataclass(frozen=True)
class Account:
    """A line of passwd. `gids`: the numbers of all its groups; `groups`: their names, without its own."""

    name: str
    uid: int
    full_name: str
    gids: frozenset[int]
    groups: tuple[str, ...]


def check_readable() -> None:
    """Raises UnreadableError if the host's accounts are missing or the hub may not read them."""
    for name in FILES:
        if not os.access(ETC / name, os.R_OK):
            raise UnreadableError(f"{ETC / name} can't be read")


def find(name: str) -> Account | None:
    """The account `name`; None if it doesn't exist or is root. `name` must not contain NUL."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    if entry.pw_name != name or entry.pw_uid == 0:
        return None
    gids = frozenset(os.getgrouplist(name, entry.pw_gid))
    full_name = entry.pw_gecos.partition(",")[0]
    return Account(name, entry.pw_uid, full_name, gids, tuple(sorted(_names(gids) - {name})))


def _names(gids: frozenset[int]) -> set[str]:
    return {group.gr_name for group in grp.getgrall() if group.gr_gid in gids}


def is_in(account: Account, group: str) -> bool:
    """Whether `account` is a member of a group, primary or not. False if the group doesn't exist."""
    try:
        return grp.getgrnam(group).gr_gid in account.gids
    except KeyError:
        return False


def password_is_right(account: Account, password: str) -> bool:
    """Whether PAM accepts the password. Raises UnreadableError if PAM fails."""
    if "\0" in password:  # C strings end there
        return False
    try:
        pamela.authenticate(account.name, password, service=SERVICE, check=False)
    except pamela.PAMError as error:
        if error.errno in WRONG:
            return False
        raise UnreadableError(f"PAM: {error}") from error
    return True


def trouble(account: Account) -> str:
    """Why the host doesn't let this account sign in, a key of sign_in_errors.ERRORS; "" if it does.

    Raises UnreadableError if PAM fails.
    """
    if _is_locked(account.name):
        return "refused"
    try:
        pamela.check_account(account.name, service=SERVICE)
    except pamela.PAMError as error:
        states = {MUST_CHANGE: "must-change", EXPIRED: "account-expired", PASSWORD_EXPIRED: "account-expired"}
        if error.errno in states:
            return states[error.errno]
        if error.errno in WRONG:
            return "refused"
        raise UnreadableError(f"PAM: {error}") from error
    return ""


def _is_locked(name: str) -> bool:
    """Whether the account is locked for every password; PAM tells only together with one: https://manpages.debian.org/shadow.5"""
    try:
        lines = (ETC / "shadow").read_text(errors="surrogateescape").splitlines()
    except OSError as error:
        raise UnreadableError(f"{error}") from error
    hashes = {line.split(":")[0]: line.split(":")[1] for line in lines if ":" in line}
    return hashes.get(name, "!")[:1] in ("", "!", "*")

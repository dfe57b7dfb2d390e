"""The server's own accounts, as /etc of the server says: the only importer of PAM, and the only reader of shadow.

start-hub leads the container's passwd, shadow, group and shells there, so that the C library and pam_unix find them.
"""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import pamela

ETC = Path("/run/host-etc")
"""The server's /etc, which compose.yaml mounts. The folder, since a file alone would stay the old one after `passwd`."""

FILES = ("passwd", "group", "shadow")
SERVICE = "stackhub"
"""The name of hub/pam-service in /etc/pam.d."""

WRONG = {7, 10, 11}
"""PAM_AUTH_ERR, PAM_USER_UNKNOWN, PAM_MAXTRIES: _pam_types.h, as those below."""

MUST_CHANGE, EXPIRED, PASSWORD_EXPIRED = 12, 13, 27
"""PAM_NEW_AUTHTOK_REQD, PAM_ACCT_EXPIRED, PAM_AUTHTOK_EXPIRED."""


class UnreadableError(Exception):
    """The accounts cannot be read; that says nothing about anybody."""


@dataclass(frozen=True)
class Account:
    """One of passwd's lines. `gids`: the numbers of all groups that it is in; `groups`: their names, without its own."""

    name: str
    uid: int
    full_name: str
    gids: frozenset[int]
    groups: tuple[str, ...]


def check_readable() -> None:
    """Raises UnreadableError when the server's accounts are not there, or not for the hub."""
    for name in FILES:
        if not os.access(ETC / name, os.R_OK):
            raise UnreadableError(f"{ETC / name} cannot be read")


def find(name: str) -> Account | None:
    """The account `name`; None when there is none, and for root's. `name` must be free of NUL."""
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
    """Whether `account` is in a group, by its primary one too. False for a group that there is not."""
    try:
        return grp.getgrnam(group).gr_gid in account.gids
    except KeyError:
        return False


def password_is_right(account: Account, password: str) -> bool:
    """Ask PAM. Raises UnreadableError when it cannot say."""
    if "\0" in password:  # C would stop reading there
        return False
    try:
        pamela.authenticate(account.name, password, service=SERVICE, check=False)
    except pamela.PAMError as error:
        if error.errno in WRONG:
            return False
        raise UnreadableError(f"PAM: {error}") from error
    return True


def trouble(account: Account) -> str:
    """Why the server lets this account in nowhere, as a kind of texts.ERRORS; "" when it does.

    Raises UnreadableError when PAM cannot say.
    """
    if _is_locked(account.name):
        return "refused"
    try:
        pamela.check_account(account.name, service=SERVICE)
    except pamela.PAMError as error:
        known = {MUST_CHANGE: "must-change", EXPIRED: "account-expired", PASSWORD_EXPIRED: "account-expired"}
        if error.errno in known:
            return known[error.errno]
        if error.errno in WRONG:
            return "refused"
        raise UnreadableError(f"PAM: {error}") from error
    return ""


def _is_locked(name: str) -> bool:
    """Whether no password is right, which PAM says of a password only: https://manpages.debian.org/shadow.5"""
    try:
        lines = (ETC / "shadow").read_text(errors="surrogateescape").splitlines()
    except OSError as error:
        raise UnreadableError(f"{error}") from error
    hashes = {line.split(":")[0]: line.split(":")[1] for line in lines if ":" in line}
    return hashes.get(name, "!")[:1] in ("", "!", "*")

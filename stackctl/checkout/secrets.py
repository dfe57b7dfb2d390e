"""Secrets in the checkout: 0600 in a 0700 folder, as SecretStr, so that nothing prints them by accident."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stackctl.checkout import files
from stackctl.errors import CheckFailedError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No i, l, o, 0, 1: people read passwords from a screen and type them."""


OWN_FILES = (".env", "compose.override.yaml", "singleuser/compose.local.yaml")


@dataclass(frozen=True)
class Entry:
    """A secret file or folder in the checkout: its path in the checkout, its mode, and the user id of its owner."""

    path: str
    mode: int
    owner: int
    folder: bool


def new_password() -> SecretStr:
    """Four groups of four out of 31 characters: 79 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return SecretStr("-".join(groups))


def save(path: Path, secret: SecretStr) -> None:
    """Write `secret` to `path`, as files.write does."""
    files.write(path, secret.get_secret_value())


def folder(root: Path, stack: str) -> Path:
    """The folder of a stack's secrets and state."""
    return root / ".stack" / stack


def find(path: Path, root: Path) -> SecretStr | None:
    """The secret in a file of the checkout at `root`, None if there is no such file. Raises what `read` raises."""
    try:
        path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        pass  # `read` says why
    return read(path, shown=path.relative_to(root))


def read(path: Path, *, shown: Path | None = None) -> SecretStr:
    """The secret in a file. Raises CheckFailedError, naming `shown`, if it is unreadable, or readable by others."""
    name = shown or path
    try:
        state = path.stat()
        if stat.S_ISREG(state.st_mode) and state.st_mode & 0o077:
            raise CheckFailedError(f"{name} is a secret that other users of this server can read.", f"chmod 600 {name}")
        return SecretStr(path.read_text().strip())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        hint = "Use the account that owns the checkout, or sudo. See: ls -l"
        raise CheckFailedError(f"{name} cannot be read: {reason}.", hint) from None


def has_password(text: str) -> bool:
    """Whether an address in a file has a password: http://name:password@proxy:3128."""
    return re.search(r"://[^/\s'\"@:]*:[^/\s'\"@]+@", text) is not None


def files_with_password(root: Path) -> list[Entry]:
    """The operator's own files that have an address with a password."""
    listed = []
    for name in OWN_FILES:
        with contextlib.suppress(OSError, UnicodeDecodeError):  # other checks say so
            if has_password((root / name).read_text()):
                state = (root / name).stat()
                listed.append(Entry(name, state.st_mode & 0o777, state.st_uid, folder=False))
    return listed


def entries(root: Path) -> list[Entry]:
    """Every file and folder in the checkout's .stack. Raises CheckFailedError for a folder that cannot be read."""
    listed = []

    def refuse(error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return
        name = Path(error.filename).relative_to(root)
        raise CheckFailedError(f"{name} cannot be read: {error.strerror}.", "Use the account that owns the checkout.")

    for folder, _, names in os.walk(root / ".stack", onerror=refuse):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            state = path.lstat()
            listed.append(Entry(str(path.relative_to(root)), state.st_mode & 0o777, state.st_uid, path.is_dir()))
    return listed

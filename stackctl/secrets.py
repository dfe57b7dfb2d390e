"""Secrets on the operator's side: made once, 0600 in a 0700 folder, never printed by accident."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from pydantic import SecretStr

from stackctl import files
from stackctl.checks.secret_files import Entry
from stackctl.errors import CheckFailedError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No i, l, o, 0, 1: a password may be read from a screen and typed."""


def new_password() -> SecretStr:
    """Four groups of four out of 31 characters: 79 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
    return SecretStr("-".join(groups))


def save(path: Path, secret: SecretStr) -> None:
    """Write `secret` to `path`, as files.write does."""
    files.write(path, secret.get_secret_value())


def folder(root: Path, stack: str) -> Path:
    """Where a checkout keeps what is secret of a stack."""
    return root / ".stack" / stack


def find(path: Path, root: Path) -> SecretStr | None:
    """The secret in a file of the checkout at `root`, None when there is no such file. Raises what `read` does."""
    try:
        path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        pass  # `read` says why
    return read(path, shown=path.relative_to(root))


def read(path: Path, *, shown: Path | None = None) -> SecretStr:
    """The secret in a file. Raises CheckFailedError, about `shown`, when it cannot be read, or when others here can."""
    name = shown or path
    try:
        state = path.stat()
        if stat.S_ISREG(state.st_mode) and state.st_mode & 0o077:
            raise CheckFailedError(f"{name} is a secret that others on this server can read.", f"chmod 600 {name}")
        return SecretStr(path.read_text().strip())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        hint = "Use the account that the checkout belongs to, or sudo. See: ls -l"
        raise CheckFailedError(f"{name} cannot be read: {reason}.", hint) from None


def entries(root: Path) -> list[Entry]:
    """Every file and folder that a checkout keeps secrets in. Raises CheckFailedError for a folder that cannot be read."""
    found = []

    def refuse(error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            return
        name = Path(error.filename).relative_to(root)
        raise CheckFailedError(f"{name} cannot be read: {error.strerror}.", "Use the account that the checkout belongs to.")

    for folder, _, names in os.walk(root / ".stack", onerror=refuse):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            state = path.lstat()
            found.append(Entry(str(path.relative_to(root)), state.st_mode & 0o777, state.st_uid, path.is_dir()))
    return found

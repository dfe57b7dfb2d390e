"""Files that are replaced atomically and belong to the owner of the checkout."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from stackctl.errors import CheckFailedError


def make_folder(path: Path) -> None:
    """Create the folder `path` and its missing parents: 0700, owned by the owner of the checkout."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)  # another command may create it at the same time
        give(folder)


def give(path: Path) -> None:
    """Give a file that was created with sudo to the owner of its folder."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def read(path: Path) -> bytes:
    """What is in a file. Raises OSError, also for a pipe, which nobody may ever write to, and for a device."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # of a folder the kernel says so
        raise OSError(errno.EINVAL, "it is not a regular file")
    return path.read_bytes()


def write(path: Path, text: str) -> None:
    """Write `text` to `path`: 0600 in a 0700 folder, atomically, owned by the owner of the checkout."""
    make_folder(path.parent)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    give(new)
    new.replace(path)


def replace(path: Path, text: str, *, private: bool = False) -> None:
    """Write a file atomically, keeping its mode and owner. A new one belongs to the owner of the folder.

    `private`: nobody else may read it, whatever its mode was.

    Raises CheckFailedError for anything but a regular file, such as a device.
    """
    _must_be_file(path, str(path))
    like = path.stat() if path.exists() else path.parent.stat()
    mode = like.st_mode & 0o777 if path.exists() else 0o644
    mode &= 0o700 if private else 0o777
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        if os.geteuid() == 0:
            os.chown(name, like.st_uid, like.st_gid)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def must_be_changeable(path: Path, shown: str) -> None:
    """Raises CheckFailedError when a file cannot be replaced: not a regular file, read-only (also for root), or in a
    folder that is."""
    path = path.resolve()
    _must_be_file(path, shown)
    exists = path.exists()
    if exists and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK)):
        raise CheckFailedError(f"{shown} is read-only.", f"Use sudo, or make it writable: chmod u+w {shown}")
    if not os.access(path.parent, os.W_OK):
        where = "is" if exists else "would be"
        raise CheckFailedError(f"Nothing can be written in {path.parent}, where {shown} {where}.", "Use sudo.")


def _must_be_file(path: Path, shown: str) -> None:
    if path.exists() and not path.is_file():
        raise CheckFailedError(f"{shown} is not a regular file.", f"See what it is: ls -lL {path}")

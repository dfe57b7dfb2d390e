"""Was the stack of this name started from this checkout?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Set
from pathlib import Path

from contract import users
from stackctl.ui.check import Check


def check(stack: str, root: Path, folders: Set[str]) -> Check:
    """`folders`: those that the stack's containers were started from."""
    if folders and str(root) not in folders:
        message = f"The stack {stack} was started from {', '.join(sorted(folders))}."
        fix = f"Use that checkout, or set another STACK_NAME than {stack}. If that folder is gone: stackctl down"
        return Check("fail", message, fix)
    return Check("ok", f"The stack {stack} belongs to this checkout.")


MOUNTED = ("hub/conf.d", "nginx/acme", "mirrors")
"""Folders of the checkout that containers and builds read as they are: images have modes of their own."""


def unreadable(root: Path) -> Iterator[Check]:
    """The files and folders among these that containers cannot read, as after `umask 027` and `git clone`."""
    paths = [path for name in MOUNTED for path in (root / name, *(root / name).rglob("*")) if not path.is_symlink()]
    if found := [path for path in paths if path.exists() and not _readable(path)]:
        names = ", ".join(str(path.relative_to(root)) for path in found[:3]) + (" …" if len(found) > 3 else "")
        folders = " ".join(shlex.quote(name) for name in MOUNTED if any(path.is_relative_to(root / name) for path in found))
        yield Check("fail", f"Containers cannot read {names}.", f"Run in the checkout: chmod -R a+rX {folders}")


def _readable(path: Path) -> bool:
    state = path.stat()
    needed = 0o5 if path.is_dir() else 0o4
    own = 6 * (state.st_uid == users.SERVICE), 3 * (state.st_gid == users.SERVICE_GROUP)
    return any(state.st_mode >> bits & needed == needed for bits in (0, *own))

"""Keeps a person's settings: what programs write to the home folder is linked to work/.home, on the user's volume.

Only the work folder outlasts a server. jupyter_server_config.py calls this before the server reads its settings.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path

FOLDER = Path("work/.home")
"""Relative to the home folder. File browsers hide it, and git ignores it: it has a .gitignore, as environments do."""

FOLDERS = (".config", ".gnupg", ".ipython", ".jupyter", ".local", ".ssh")
FILES = (
    ".bash_aliases",
    ".bash_history",
    ".bashrc",
    ".condarc",
    ".git-credentials",
    ".gitconfig",
    ".inputrc",
    ".nanorc",
    ".netrc",
    ".npmrc",
    ".profile",
    ".python_history",
    ".Renviron",
    ".Rprofile",
)
"""What is kept, and what else a person puts into FOLDER. Caches (.cache, .npm) are not: they would fill the volume."""

GITIGNORE = Path(".config/git/ignore")
"""What git ignores in all repositories of a person (https://git-scm.com/docs/gitignore). They may change it."""
IGNORED = "# written by JupyterLab, or by this server\n.ipynb_checkpoints/\n/.examples\n"

log = logging.getLogger(__name__)


def keep_settings(home: Path) -> None:
    """Link what is kept into the home folder. What cannot be linked stays as it is, with a warning in the log."""
    folder = home / FOLDER
    try:
        _prepare(folder)
        names = {*FOLDERS, *FILES, *(path.name for path in folder.glob(".*"))} - {".gitignore"}
    except OSError as error:
        log.warning("Settings outside the work folder will be lost when this server stops: %s", error)
        return
    for name in sorted(names):
        try:
            _link(home, name)
        except OSError as error:
            log.warning("~/%s will be lost when this server stops: %s", name, error)


def _prepare(folder: Path) -> None:
    """Create the folder, with what git needs. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    _write_once(folder / ".gitignore", "*\n")
    _write_once(folder / GITIGNORE, IGNORED)
    before = folder.parent / ".gitconfig"  # where the first versions kept it
    if before.is_file() and not os.path.lexists(folder / ".gitconfig"):
        before.rename(folder / ".gitconfig")


def _write_once(path: Path, text: str) -> None:
    """Write a file unless there is one."""
    if not os.path.lexists(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _complete(path) as new:
            new.write_text(text, encoding="utf-8")


def _link(home: Path, name: str) -> None:
    """Replace one file or folder of the home folder by a link. What the image has there is copied first. Raises OSError."""
    here, kept = home / name, home / FOLDER / name
    if here.is_symlink():  # ours, from before the container was restarted, or the person's own
        return
    if name in FOLDERS:
        kept.mkdir(mode=0o700, exist_ok=True)
    if name in FILES and kept.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(kept))
    if here.is_dir():
        shutil.copytree(
            here, kept, symlinks=True, ignore=_kept_links(here, kept), copy_function=_copy_new, dirs_exist_ok=True
        )
        shutil.rmtree(here)
    elif here.exists():
        _copy_new(str(here), str(kept))
        here.unlink()
    here.symlink_to(FOLDER / name)


def _kept_links(here: Path, kept: Path) -> Callable[[str, list[str]], list[str]]:
    """For copytree: the links of a folder in whose place the person has something, on which it would fail."""

    def ignored(folder: str, names: list[str]) -> list[str]:
        target = kept / Path(folder).relative_to(here)
        return [name for name in names if (Path(folder) / name).is_symlink() and os.path.lexists(target / name)]

    return ignored


def _copy_new(source: str, target: str) -> None:
    """Copy a file unless the person has one of that name."""
    if not os.path.lexists(target):
        with _complete(Path(target)) as new:
            shutil.copy2(source, new, follow_symlinks=False)


@contextmanager
def _complete(path: Path) -> Iterator[Path]:
    """Yield another name to write to, so that a full volume leaves no half of a file."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        yield new
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)

"""This server's folders that every notebook server gets: what is at each path, and whether it may be shared."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contract.shared import SharedFolder
from contract.users import FORMER_NOTEBOOK, NOTEBOOK, USERS
from stackctl.errors import CheckFailedError
from stackctl.settings import Settings
from stackctl.settings.shared import overlap
from stackctl.ui.check import Check

SETTING = "STACK_SHARED_FOLDERS"


NEEDED = {True: 5, False: 7}
"""The rights that notebook servers need, by whether a folder is read-only: 4 to read, 2 to write, 1 to enter."""


@dataclass(frozen=True)
class FolderState:
    """What is at a path. `real`: without links; `mode`: with the file type, as `stat` has it; `owner`, `group`: ids."""

    real: Path
    is_folder: bool
    mode: int
    owner: int
    group: int
    has_access_list: bool
    no_set_uid: bool
    """Whether it is mounted with nosuid: no program in it gets its owner's rights."""
    account: str
    """The account on this server with the user id of notebook servers; "" for none."""
    others: tuple[Path, ...]
    """The folders above it where somebody else than root and the operator could replace it by a link."""


def inspect(path: Path, operator: int) -> FolderState | None:
    """What is at a path; None if nothing is. `operator`: id of a user who may write above it. Raises OSError."""
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    attributes: list[str] = []
    with contextlib.suppress(OSError):  # some network file systems have none
        attributes = os.listxattr(path)
    return FolderState(
        real=Path(os.path.realpath(path)),
        is_folder=stat.S_ISDIR(state.st_mode),
        mode=state.st_mode,
        owner=state.st_uid,
        group=state.st_gid,
        has_access_list="system.posix_acl_access" in attributes,
        no_set_uid=bool(os.statvfs(path).f_flag & os.ST_NOSUID),
        account=next((item.pw_name for item in pwd.getpwall() if item.pw_uid == NOTEBOOK), ""),
        # everybody has the id NOTEBOOK in their notebook, so an operator with that id is not trusted
        others=_replaceable(path, trusted={0, operator} - {NOTEBOOK}),
    )


def _replaceable(path: Path, trusted: set[int]) -> tuple[Path, ...]:
    """The folders above `path` where somebody who is not `trusted` (user ids) could replace what is in them."""
    states = [(folder, folder.stat()) for folder in (path, *path.parents)]
    # in a sticky folder, such as /tmp, only the owner of an entry can replace it
    return tuple(
        folder
        for (_, inner), (folder, outer) in itertools.pairwise(states)
        if outer.st_uid not in trusted
        or (outer.st_mode & 0o22 and not (outer.st_mode & stat.S_ISVTX and inner.st_uid in trusted))
    )


def checks(root: Path, settings: Settings, data: Path) -> Iterator[Check]:
    """Findings about each folder. `root`: the checkout; `data`: where Docker keeps its data."""
    names = ("stack_ca_bundle", "gitlab_ca_file", "stack_tls_certificate", "stack_tls_key")
    files = {Path(path).resolve(): name.upper() for name in names if (path := getattr(settings, name))}
    private = files | {root.resolve(): "this checkout", data: "where Docker keeps its data"}
    for item in settings.shared:
        if not (folder := item.path):
            continue
        try:
            state = inspect(folder, root.stat().st_uid)
        except OSError as error:
            fix = "If the folder belongs to another user, use sudo. If it is on another server, check that it is mounted."
            yield Check("fail", f"{error.filename or folder} cannot be checked: {error.strerror}.", fix)
        else:
            yield from check(item, folder, state, private)


def ensure(root: Path, settings: Settings, data: Path) -> None:
    """Raises CheckFailedError if one of the folders must not be shared."""
    for finding in checks(root, settings, data):
        if finding.level == "fail":
            raise CheckFailedError(finding.message, finding.fix)


def check(item: SharedFolder, path: Path, state: FolderState | None, private: Mapping[Path, str]) -> Iterator[Check]:
    """Findings about one folder. `state`: what is at its `path`; `private`: what must not be shared, described by path."""
    if state is None:
        fix = f"sudo install -d {'' if item.read_only else f'-o {NOTEBOOK} -m 700 '}'{path}'; or remove it from {SETTING}"
        yield Check("fail", f"The shared folder {path} does not exist.", fix)
    elif not state.is_folder:
        yield Check("fail", f"{path} is not a folder.", f"Remove it from {SETTING}, or put a folder there.")
    elif state.real != path:
        message = f"The shared folder {path} leads to {state.real} through a link, which could be changed later."
        yield Check("fail", message, f"Put {state.real} into {SETTING}.")
    elif near := [description for folder, description in private.items() if overlap(folder, path)]:
        message = f"The shared folder {path} is, contains or is inside {near[0]}, which no notebook server may have."
        yield Check("fail", message, f"Remove it from {SETTING}, or move it.")
    else:
        yield from _usable(item, path, state)


def _usable(item: SharedFolder, path: Path, state: FolderState) -> Iterator[Check]:
    missing = NEEDED[item.read_only] & ~_rights(state)
    if missing and not state.has_access_list:
        action = "read" if missing & 5 else "write to"
        former = f"-R --from={FORMER_NOTEBOOK} " if state.owner == FORMER_NOTEBOOK else ""
        own = f"sudo chown {former}{NOTEBOOK} '{path}'; sudo chmod u+rwx '{path}'"
        fix = f"sudo chmod o+rx '{path}'" if item.read_only else own
        yield Check("fail", f"Notebook servers, which have the user id {NOTEBOOK}, cannot {action} {path}.", fix)
        return
    yield from _risks(item, path, state)
    yield Check("ok", f"People can {'read' if item.read_only else 'read and write'} {path}.")


def _risks(item: SharedFolder, path: Path, state: FolderState) -> Iterator[Check]:
    if state.others:
        folder = state.others[0]
        message = f"Others than root can write to {folder}: they could replace {path} by a link before the next start."
        yield Check("warn", message, f"If you do not trust them: sudo chown root '{folder}'; sudo chmod go-w '{folder}'")
    if state.account and not item.read_only and not state.no_set_uid and (state.mode & 0o11 or state.has_access_list):
        message = (
            f"Accounts of this server could become {state.account} (user id {NOTEBOOK}) with a set-uid program in {path}."
        )
        fix = f"Notebooks can put one there. sudo chmod 700 '{path}'; or mount it with nosuid: docs/users.md"
        yield Check("warn", message, fix)


def _rights(state: FolderState) -> int:
    """What notebook servers may do by the folder's mode, as in NEEDED."""
    return (state.mode >> (6 if state.owner == NOTEBOOK else 3 if state.group in (NOTEBOOK, USERS) else 0)) & 7

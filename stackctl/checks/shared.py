"""The server's folders that everybody has: is each there, is it what its path says, and can notebook servers use it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl.checks import Check
from stackctl.checks.volumes import USER
from stackctl.shared_settings import Shared, overlap

SETTING = "STACK_SHARED_FOLDERS"


@dataclass(frozen=True)
class Seen:
    """What is at a path. `real`: where it leads; `mode`: with its kind, as stat has it."""

    real: Path
    is_folder: bool
    mode: int
    owner: int
    group: int
    has_access_list: bool
    no_set_uid: bool
    """Whether it is mounted so that no program in it gets its owner's rights."""
    account: str
    """Who has the number USER on this server; "" for nobody."""
    others: tuple[Path, ...]
    """The folders above it by which somebody else than root and the operator may have it lead elsewhere."""


def check(item: Shared, path: Path, seen: Seen | None, never: Mapping[Path, str]) -> Iterator[Check]:
    """A failure where it cannot be given to people. `seen`: what is at its `path`; `never`: what none may be, by path."""
    fix = f"sudo install -d {'' if item.read_only else f'-o {USER} -m 700 '}'{path}'; or take it out of {SETTING}"
    if seen is None:
        yield Check("fail", f"The shared folder {path} is not there.", fix)
    elif not seen.is_folder:
        yield Check("fail", f"{path} is no folder.", f"Take it out of {SETTING}, or have a folder there.")
    elif seen.real != path:
        why = "and a link can be made to lead elsewhere later"
        yield Check("fail", f"The shared folder {path} is {seen.real} in truth, {why}.", f"Put {seen.real} into {SETTING}.")
    elif near := [what for folder, what in never.items() if overlap(folder, path)]:
        what = f"The shared folder {path} is, has in it or is in {near[0]}, which no notebook server may have."
        yield Check("fail", what, f"Take it out of {SETTING}, or have the folder elsewhere.")
    else:
        yield from _use(item, path, seen)


def _use(item: Shared, path: Path, seen: Seen) -> Iterator[Check]:
    missing = (5 if item.read_only else 7) & ~_rights(seen)
    if missing and not seen.has_access_list:
        what = "read" if missing & 5 else "write in"
        fix = f"sudo chmod o+rx '{path}'" if item.read_only else f"sudo chown {USER} '{path}'; sudo chmod u+rwx '{path}'"
        yield Check("fail", f"Notebook servers, whose user has the number {USER}, cannot {what} {path}.", fix)
        return
    if seen.others:
        what = f"Not only root may write in {seen.others[0]}: whoever may can have {path} lead elsewhere at the next start."
        yield Check("warn", what, f"Where they are not trusted: sudo chown root '{seen.others[0]}', sudo chmod go-w there.")
    if seen.account and not item.read_only and not seen.no_set_uid and (seen.mode & 0o11 or seen.has_access_list):
        what = f"Who has an account on this server may become {seen.account}, user number {USER}, by a program in {path}."
        fix = f"sudo chmod 700 '{path}'; or, where they are to enter it, mount it with nosuid, as docs/users.md says"
        yield Check("warn", what, f"In a notebook it can be made set-uid. {fix}")
    yield Check("ok", f"{path} is there; people can {'read' if item.read_only else 'read and write'}.")


def _rights(seen: Seen) -> int:
    """Of 4 to read, 2 to write and 1 to enter, what a notebook server may by the folder's mode."""
    return (seen.mode >> (6 if seen.owner == USER else 3 if seen.group == USER else 0)) & 7

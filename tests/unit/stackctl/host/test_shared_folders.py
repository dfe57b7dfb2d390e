"""The server's folders that everybody shares, as `up` and `doctor` check them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from contract.names import SHARED
from contract.shared import SharedFolder
from contract.users import NOTEBOOK
from stackctl import settings
from stackctl.doctor.groups.server import shared_folders
from stackctl.errors import CheckFailedError
from stackctl.host.shared_folders import FolderState, check, inspect
from stackctl.stack import Stack
from stackctl.ui.check import Check
from stackhub.spawn.shared_folders import mounts

DATA = Path("/srv/data")
SEEN = FolderState(DATA, True, 0o40755, 61100, 61100, has_access_list=False, no_set_uid=False, account="", others=())


def found(state: FolderState | None, *, read_only: bool = False, **never: str) -> list[str]:
    checks = check(SharedFolder(str(DATA), read_only), DATA, state, {Path(path): what for what, path in never.items()})
    return [f"{item.level}: {item.message} {item.fix}" for item in checks]


def test_a_folder_that_people_can_use() -> None:
    assert found(SEEN) == ["ok: People can read and write /srv/data. "]
    assert found(replace(SEEN, owner=0, group=0), read_only=True) == ["ok: People can read /srv/data. "]
    assert found(replace(SEEN, owner=0, mode=0o42775))[0].startswith("ok:")
    assert found(replace(SEEN, mode=0o40700, owner=0, has_access_list=True))[0].startswith("ok:")


def test_a_path_that_is_missing_or_no_folder_or_a_link() -> None:
    assert found(None) == [
        "fail: The shared folder /srv/data does not exist. "
        "sudo install -d -o 61100 -m 700 '/srv/data'; or remove it from STACK_SHARED_FOLDERS"
    ]
    assert "sudo install -d '/srv/data'" in found(None, read_only=True)[0]
    assert found(replace(SEEN, is_folder=False))[0].startswith("fail: /srv/data is not a folder.")
    assert found(replace(SEEN, real=Path("/etc"))) == [
        "fail: The shared folder /srv/data leads to /etc through a link, which could be changed later. "
        "Put /etc into STACK_SHARED_FOLDERS."
    ]


@pytest.mark.parametrize("checkout", ["/srv/data", "/srv", "/srv/data/stackhub"])
def test_a_folder_that_overlaps_the_checkout_fails(checkout: str) -> None:
    (result,) = found(SEEN, read_only=True, checkout=checkout)
    assert result.startswith("fail: The shared folder /srv/data is, contains or is inside checkout, which no")
    assert found(SEEN, checkout="/srv/data2")[0].startswith("ok:")


@pytest.mark.parametrize(
    ("mode", "owner", "read_only", "words"),
    [
        (0o40755, 0, False, "cannot write to /srv/data. sudo chown 61100 '/srv/data'; sudo chmod u+rwx '/srv/data'"),
        (0o40577, 61100, False, "cannot write to /srv/data."),
        (0o40775, 0, True, ""),
        (0o40750, 0, True, "cannot read /srv/data. sudo chmod o+rx '/srv/data'"),
        (0o40774, 0, True, "cannot read /srv/data."),
    ],
)
def test_a_folder_that_notebook_servers_cannot_use(mode: int, owner: int, read_only: bool, words: str) -> None:
    (result,) = found(replace(SEEN, mode=mode, owner=owner, group=0), read_only=read_only)
    assert result.startswith("fail: Notebook servers, which have the user id 61100," if words else "ok:")
    assert words in result


def test_a_folder_that_others_could_replace_is_a_warning() -> None:
    warning, fine = found(replace(SEEN, others=(Path("/srv"),)))
    assert warning.startswith("warn: Others than root can write to /srv: they could replace /srv/data by a link")
    assert fine.startswith("ok:")


def test_a_folder_with_which_people_could_become_an_account_is_a_warning() -> None:
    known = replace(SEEN, account="operator")
    (warning, _) = found(known)
    assert warning.startswith(
        "warn: Accounts of this server could become operator (user id 61100) with a set-uid program in /srv/data. "
        "Notebooks can put one there. sudo chmod 700 '/srv/data'; or"
    )
    for safe in (replace(known, mode=0o40700), replace(known, no_set_uid=True)):
        assert [item[:3] for item in found(safe)] == ["ok:"]
    assert [item[:3] for item in found(known, read_only=True)] == ["ok:"]


@pytest.fixture
def inspected(tmp_path: Path) -> Callable[[Path], FolderState | None]:
    return lambda path: inspect(path, os.getuid())


def test_what_is_at_a_path(tmp_path: Path, inspected: Callable[[Path], FolderState | None]) -> None:
    (folder := tmp_path / "open" / "data").mkdir(parents=True)
    folder.chmod(0o2750)
    (link := tmp_path / "link").symlink_to(folder.parent)
    (file := tmp_path / "file").touch()
    assert inspected(tmp_path / "none") is inspected(file / "none") is None
    state = inspected(folder)
    assert state is not None
    assert replace(state, no_set_uid=False, account="") == replace(
        SEEN, real=folder, mode=0o42750, owner=os.getuid(), group=folder.stat().st_gid
    )
    assert state.no_set_uid == bool(os.statvfs(folder).f_flag & os.ST_NOSUID)
    through, at_file = inspected(link / "data"), inspected(file)
    assert through is not None
    assert through.real == folder
    assert at_file is not None
    assert not at_file.is_folder
    folder.parent.chmod(0o777)
    assert (state := inspected(folder)) is not None
    assert state.others == (folder.parent,)
    folder.parent.chmod(0o1777)
    assert (state := inspected(folder)) is not None
    assert state.others == ()
    if os.getuid() == 0:
        os.chown(folder, NOTEBOOK, -1)
    assert (state := inspect(folder, NOTEBOOK)) is not None
    assert state.others[0] == folder.parent, "everybody has the user id of that owner in a notebook"


def test_doctor_checks_folders_and_not_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shared(value: str) -> list[Check]:
        stack = Stack(tmp_path / "checkout", settings.load(tmp_path, {**os.environ, "STACK_SHARED_FOLDERS": value}))
        return list(shared_folders(stack))

    (tmp_path / "checkout").mkdir()
    monkeypatch.setattr(Stack, "engine", MagicMock(folder=tmp_path / "docker"))
    assert shared("team") == []
    (found,) = shared(f"team,{tmp_path}/none:ro")
    assert found.message == f"The shared folder {tmp_path}/none does not exist."
    (found,) = shared(f"{tmp_path}:ro")
    assert "is, contains or is inside this checkout" in found.message
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    monkeypatch.setenv("STACK_CA_BUNDLE", f"{tmp_path}/keys/ca.pem")
    (found,) = shared(f"{tmp_path}/keys")
    assert "is, contains or is inside STACK_CA_BUNDLE" in found.message
    (tmp_path / "docker" / "in").mkdir(parents=True)
    (found,) = shared(f"{tmp_path}/docker/in:ro")
    assert "is inside where Docker keeps its data" in found.message


def test_starting_the_hub_checks_them_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "engine", MagicMock(folder=tmp_path / "docker"))
    stack = Stack(tmp_path, settings.load(tmp_path, {**os.environ, "STACK_SHARED_FOLDERS": f"{tmp_path}:ro"}))
    with pytest.raises(CheckFailedError, match="is, contains or is inside this checkout"):
        stack.apply_settings()


def test_stackctl_and_the_hub_mean_the_same_volume() -> None:
    """tests/unit/stackhub has the hub and the gate agree."""
    (mount,) = mounts("team:ro", "lab")
    assert (mount["Source"], mount["VolumeOptions"]["Labels"]) == (
        SharedFolder.parse("team:ro").volume("lab"),
        {SHARED: "lab"},
    )
    assert mount["Target"] == SharedFolder.parse("team:ro").target

"""The server's folders that everybody has, as `up` and `doctor` look at them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from stackctl import machine, settings, topics
from stackctl.checks import Check
from stackctl.checks.shared import Seen, check
from stackctl.checks.volumes import USER
from stackctl.engine_volumes import SHARED
from stackctl.errors import CheckFailedError
from stackctl.shared_settings import Shared
from stackctl.stack import Stack
from stackhub.shared import SHARED as WHERE
from stackhub.shared import mounts

DATA = Path("/srv/data")
SEEN = Seen(DATA, True, 0o40755, 1000, 1000, has_access_list=False, no_set_uid=False, account="", others=())


def found(seen: Seen | None, *, read_only: bool = False, **never: str) -> list[str]:
    checks = check(Shared(str(DATA), read_only), DATA, seen, {Path(path): what for what, path in never.items()})
    return [f"{item.level}: {item.message} {item.fix}" for item in checks]


def test_a_folder_that_people_can_use() -> None:
    assert found(SEEN) == ["ok: /srv/data is there; people can read and write. "]
    assert found(replace(SEEN, owner=0, group=0), read_only=True) == ["ok: /srv/data is there; people can read. "]
    assert found(replace(SEEN, owner=0, mode=0o42775))[0].startswith("ok:")
    assert found(replace(SEEN, mode=0o40700, owner=0, has_access_list=True))[0].startswith("ok:")


def test_a_folder_that_is_not_there_or_not_what_it_seems() -> None:
    assert found(None) == [
        "fail: The shared folder /srv/data is not there. "
        "sudo install -d -o 1000 -m 700 '/srv/data'; or take it out of STACK_SHARED_FOLDERS"
    ]
    assert "sudo install -d '/srv/data'" in found(None, read_only=True)[0]
    assert found(replace(SEEN, is_folder=False))[0].startswith("fail: /srv/data is no folder.")
    assert found(replace(SEEN, real=Path("/etc"))) == [
        "fail: The shared folder /srv/data is /etc in truth, and a link can be made to lead elsewhere later. "
        "Put /etc into STACK_SHARED_FOLDERS."
    ]


@pytest.mark.parametrize("checkout", ["/srv/data", "/srv", "/srv/data/stackhub"])
def test_the_checkout_is_nobodys(checkout: str) -> None:
    (said,) = found(SEEN, read_only=True, checkout=checkout)
    assert said.startswith("fail: The shared folder /srv/data is, has in it or is in checkout, which no notebook server")
    assert found(SEEN, checkout="/srv/data2")[0].startswith("ok:")


@pytest.mark.parametrize(
    ("mode", "owner", "read_only", "words"),
    [
        (0o40755, 0, False, "cannot write in /srv/data. sudo chown 1000 '/srv/data'; sudo chmod u+rwx '/srv/data'"),
        (0o40577, 1000, False, "cannot write in /srv/data."),
        (0o40775, 0, True, ""),
        (0o40750, 0, True, "cannot read /srv/data. sudo chmod o+rx '/srv/data'"),
        (0o40774, 0, True, "cannot read /srv/data."),
    ],
)
def test_a_folder_that_notebook_servers_may_not_use(mode: int, owner: int, read_only: bool, words: str) -> None:
    (said,) = found(replace(SEEN, mode=mode, owner=owner, group=0), read_only=read_only)
    assert said.startswith("fail: Notebook servers, whose user has the number 1000," if words else "ok:")
    assert words in said


def test_who_could_have_it_lead_elsewhere_is_said() -> None:
    warning, fine = found(replace(SEEN, others=(Path("/srv"),)))
    assert warning.startswith("warn: Not only root may write in /srv: whoever may can have /srv/data lead elsewhere")
    assert fine.startswith("ok:")


def test_who_could_become_an_account_of_this_server_is_said() -> None:
    known = replace(SEEN, account="operator")
    (warning, _) = found(known)
    assert warning.startswith(
        "warn: Who has an account on this server may become operator, user number 1000, by a program in /srv/data. "
        "In a notebook it can be made set-uid. sudo chmod 700 '/srv/data'; or"
    )
    for safe in (replace(known, mode=0o40700), replace(known, no_set_uid=True)):
        assert [item[:3] for item in found(safe)] == ["ok:"]
    assert [item[:3] for item in found(known, read_only=True)] == ["ok:"]


@pytest.fixture
def looked(tmp_path: Path) -> Callable[[Path], Seen | None]:
    return lambda path: machine.shared(path, os.getuid())


def test_what_is_at_a_path(tmp_path: Path, looked: Callable[[Path], Seen | None]) -> None:
    (folder := tmp_path / "open" / "data").mkdir(parents=True)
    folder.chmod(0o2750)
    (link := tmp_path / "link").symlink_to(folder.parent)
    (file := tmp_path / "file").touch()
    assert looked(tmp_path / "none") is looked(file / "none") is None
    seen = looked(folder)
    assert seen is not None
    assert replace(seen, no_set_uid=False, account="") == replace(
        SEEN, real=folder, mode=0o42750, owner=os.getuid(), group=folder.stat().st_gid
    )
    assert seen.no_set_uid == bool(os.statvfs(folder).f_flag & os.ST_NOSUID)
    through, at_file = looked(link / "data"), looked(file)
    assert through is not None
    assert through.real == folder
    assert at_file is not None
    assert not at_file.is_folder
    folder.parent.chmod(0o777)
    assert (seen := looked(folder)) is not None
    assert seen.others == (folder.parent,)
    folder.parent.chmod(0o1777)
    assert (seen := looked(folder)) is not None
    assert seen.others == ()
    if os.getuid() == 0:
        os.chown(folder, USER, -1)
    assert (seen := machine.shared(folder, USER)) is not None
    assert seen.others[0] == folder.parent, "it is somebody's who has that number, as everybody has in a notebook"


def test_the_topic_looks_at_folders_and_not_at_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shared(value: str) -> list[Check]:
        stack = Stack(tmp_path / "checkout", settings.load(tmp_path, {**os.environ, "STACK_SHARED_FOLDERS": value}))
        return list(next(topic for topic in topics.TOPICS if topic.title == "Shared folders").look(stack))

    (tmp_path / "checkout").mkdir()
    monkeypatch.setattr(Stack, "engine", MagicMock(folder=tmp_path / "docker"))
    assert shared("team") == []
    (found,) = shared(f"team,{tmp_path}/none:ro")
    assert found.message == f"The shared folder {tmp_path}/none is not there."
    (found,) = shared(f"{tmp_path}:ro")
    assert "is, has in it or is in this checkout" in found.message
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    monkeypatch.setenv("STACK_CA_BUNDLE", f"{tmp_path}/keys/ca.pem")
    (found,) = shared(f"{tmp_path}/keys")
    assert "is, has in it or is in STACK_CA_BUNDLE" in found.message
    (tmp_path / "docker" / "in").mkdir(parents=True)
    (found,) = shared(f"{tmp_path}/docker/in:ro")
    assert "is in where Docker keeps its data" in found.message


def test_whatever_starts_the_hub_looks_at_them_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "engine", MagicMock(folder=tmp_path / "docker"))
    stack = Stack(tmp_path, settings.load(tmp_path, {**os.environ, "STACK_SHARED_FOLDERS": f"{tmp_path}:ro"}))
    with pytest.raises(CheckFailedError, match="is, has in it or is in this checkout"):
        stack.bring_up_hub()


def test_stackctl_and_the_hub_mean_the_same_volume() -> None:
    """tests/unit/stackhub has the hub and the gate agree."""
    (mount,) = mounts("team:ro", "lab")
    assert (mount["Source"], mount["VolumeOptions"]["Labels"]) == (Shared.parse("team:ro").volume("lab"), {SHARED: "lab"})
    assert mount["Target"] == f"{WHERE}/{Shared.parse('team:ro').name}"

"""Shared folders: how the setting names them, and which folders cannot be shared."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.shared import SharedFolder
from stackctl.doctor.checks.security.container_rights import SENSITIVE
from stackctl.settings import load
from stackctl.settings.shared import NEVER
from tests.unit.stackctl.refused import refusal

NAME = "must be an absolute path, or a name of 1 to 40 lower-case letters, digits and single dashes"
PATH = "must be an absolute path, which begins with /, or a name without /"
WHOLE = "cannot be shared as a whole: create a folder for sharing in it"
SLASH = "must not end with / or contain //"
COLON = "must end with :ro, or contain no colon"


def named(folder: Path, value: str) -> str:
    return refusal(folder, {"STACK_SHARED_FOLDERS": value})


def test_each_is_a_volume_or_a_folder(tmp_path: Path) -> None:
    settings = load(tmp_path, {"STACK_SHARED_FOLDERS": "team, /srv/数据/Lab data:ro,papers-2:ro,"})
    assert settings.stack_shared_folders == "team,/srv/数据/Lab data:ro,papers-2:ro"
    assert settings.shared == [
        SharedFolder("team"),
        SharedFolder("/srv/数据/Lab data", True),
        SharedFolder("papers-2", True),
    ]
    assert [item.name for item in settings.shared] == ["team", "Lab data", "papers-2"]
    assert [item.path for item in settings.shared] == [None, Path("/srv/数据/Lab data"), None]
    assert settings.shared[0].volume("lab") == "lab-shared-team"
    assert load(tmp_path, {}).shared == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((item, f"{item!r} {NAME}") for item in ("Team", "team_2", "-team", "a--b", "..", "~", "a b", "a" * 41, "数据")),
        *((item, f"{item!r} {PATH}") for item in ("srv/data", "./data", "../data", "~/data")),
        *((item, f"{item!r} {WHOLE}") for item in ("/", "/home", "/home/alice", "/tmp", "/var/tmp")),
        *((item, f"{item!r} {SLASH}") for item in ("/srv/data/", "//srv/data", "/srv//data", "//")),
        *((f"{item}:rw", f"{item + ':rw'!r} {COLON}") for item in ("team", "/srv/data")),
        ("/srv/a:b:ro", f"'/srv/a:b' {COLON}"),
        (":ro", f"'' {NAME}"),
        ("/srv/../etc", "contains '..': each part must begin with a letter or digit"),
        ("/srv/./data", "contains '.'"),
        ("/home/alice/.ssh", "contains '.ssh'"),
        ("/srv/a\tb", "contains 'a\\tb'"),
        ("/srv/a /b", "contains 'a '"),
        ("team,/srv/team", "has two folders named 'team', the last part of their paths: rename one"),
        ("/srv/data,/mnt/data:ro", "has two folders named 'data'"),
        ("team,team:ro", "has two folders named 'team'"),
        ("/srv/data/new,/srv/data", "'/srv/data/new' is inside '/srv/data': people could replace it with a link"),
        ("/srv/data,/srv/data/a/b:ro", "a link to anywhere. Use only one, or /srv/data:ro"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, value: str, words: str) -> None:
    assert words in named(tmp_path, value)


@pytest.mark.parametrize("path", sorted({*NEVER, *SENSITIVE} - {"/"}))
def test_no_system_folder_can_be_shared(tmp_path: Path, path: str) -> None:
    for item in (path, f"{path}:ro", path.rpartition("/")[0] or "/"):
        assert "cannot be shared" in named(tmp_path, item)
    if path in NEVER:
        assert f"cannot be shared: it is, contains or is inside {path}" in named(tmp_path, f"{path}/deep/inside")


def test_a_folder_inside_a_read_only_one_can_be_shared(tmp_path: Path) -> None:
    value = "/srv/data:ro,/srv/data/incoming,/srv/database"
    assert load(tmp_path, {"STACK_SHARED_FOLDERS": value}).stack_shared_folders == value


@pytest.mark.parametrize("name", ["lab-shared", "lab-shared-2"])
def test_no_stack_has_the_name_of_another_ones_volumes(tmp_path: Path, name: str) -> None:
    assert "must not contain -user, -singleuser or -shared" in refusal(tmp_path, {"STACK_NAME": name})

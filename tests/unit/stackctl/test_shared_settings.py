"""The folders that everybody has: how they are named, and what no setting gives to people."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.checks.confinement import SENSITIVE
from stackctl.settings import load
from stackctl.shared_settings import NEVER, Shared
from tests.unit.stackctl.refused import refusal

NAME = "must be a folder's whole path, or a name of 1 to 40 lower-case letters, digits and single dashes"
PATH = "must be a folder's whole path, which begins with /, or a name without a /"
WHOLE = "cannot be given to people as a whole: make a folder for them"
SLASH = "must have no / at its end, and no two in a row"
COLON = "must end with :ro, or have no colon"


def named(folder: Path, value: str) -> str:
    return refusal(folder, {"STACK_SHARED_FOLDERS": value})


def test_each_is_a_volume_or_a_folder(tmp_path: Path) -> None:
    settings = load(tmp_path, {"STACK_SHARED_FOLDERS": "team, /srv/数据/Lab data:ro,papers-2:ro,"})
    assert settings.stack_shared_folders == "team,/srv/数据/Lab data:ro,papers-2:ro"
    assert settings.shared == [Shared("team", False), Shared("/srv/数据/Lab data", True), Shared("papers-2", True)]
    assert [item.name for item in settings.shared] == ["team", "Lab data", "papers-2"]
    assert [item.folder for item in settings.shared] == [None, Path("/srv/数据/Lab data"), None]
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
        ("/srv/../etc", "has '..' in it: each part must begin with a letter or digit"),
        ("/srv/./data", "has '.' in it"),
        ("/home/alice/.ssh", "has '.ssh' in it"),
        ("/srv/a\tb", "has 'a\\tb' in it"),
        ("/srv/a /b", "has 'a ' in it"),
        ("team,/srv/team", "names two 'team', and people find each by its last part: call one of them otherwise"),
        ("/srv/data,/mnt/data:ro", "names two 'data'"),
        ("team,team:ro", "names two 'team'"),
        ("/srv/data/new,/srv/data", "'/srv/data/new' is in '/srv/data': people could put a link in its place"),
        ("/srv/data,/srv/data/a/b:ro", "leads anywhere. Take one of them, or /srv/data:ro"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, value: str, words: str) -> None:
    assert words in named(tmp_path, value)


@pytest.mark.parametrize("path", sorted({*NEVER, *SENSITIVE} - {"/"}))
def test_no_folder_of_the_system_is_given_away(tmp_path: Path, path: str) -> None:
    for item in (path, f"{path}:ro", path.rpartition("/")[0] or "/"):
        assert "people" in named(tmp_path, item) or "no notebook server may have" in named(tmp_path, item)
    if path in NEVER:
        assert f"is, has in it or is in {path}, which no notebook server may have" in named(tmp_path, f"{path}/deep/inside")


def test_a_folder_in_one_that_people_only_read_cannot_be_replaced(tmp_path: Path) -> None:
    value = "/srv/data:ro,/srv/data/incoming,/srv/database"
    assert load(tmp_path, {"STACK_SHARED_FOLDERS": value}).stack_shared_folders == value


@pytest.mark.parametrize("name", ["lab-shared", "lab-shared-2"])
def test_no_stack_is_called_as_anothers_volumes(tmp_path: Path, name: str) -> None:
    assert "must have no -user, -singleuser or -shared in it" in refusal(tmp_path, {"STACK_NAME": name})

"""Shared folders are linked into the work folder, and people's own files are never touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from singleuser.base.stack_shared import link_shared


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "shared" / "team").mkdir(parents=True)
    return tmp_path


def test_the_link_is_there_as_long_as_there_are_shared_folders(home: Path) -> None:
    for _ in range(2):
        link_shared(home)
        assert [path.name for path in (home / "work" / "shared").iterdir()] == ["team"]
    (home / "shared").rename(home / "gone")
    link_shared(home)
    assert list((home / "work").iterdir()) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_a_persons_own_file_is_left_alone(home: Path, is_there: bool) -> None:
    own, link = home / "work" / "shared", home / "elsewhere"
    if not is_there:
        (home / "shared").rename(home / "gone")
    own.write_text("mine")
    link_shared(home)
    assert own.read_text() == "mine"
    own.unlink()
    own.symlink_to(link)
    link_shared(home)
    assert own.readlink() == link

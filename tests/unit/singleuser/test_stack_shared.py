"""What everybody has is shown where JupyterLab looks, and nothing of a person's is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from singleuser.base.stack_shared import show


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    (tmp_path / "shared" / "team").mkdir(parents=True)
    return tmp_path


def test_what_is_shared_is_shown_as_long_as_there_is_any(home: Path) -> None:
    for _ in range(2):
        show(home)
        assert [path.name for path in (home / "work" / "shared").iterdir()] == ["team"]
    (home / "shared").rename(home / "gone")
    show(home)
    assert list((home / "work").iterdir()) == []


@pytest.mark.parametrize("is_there", [True, False])
def test_a_persons_own_is_left_alone(home: Path, is_there: bool) -> None:
    own, link = home / "work" / "shared", home / "elsewhere"
    if not is_there:
        (home / "shared").rename(home / "gone")
    own.write_text("mine")
    show(home)
    assert own.read_text() == "mine"
    own.unlink()
    own.symlink_to(link)
    show(home)
    assert own.readlink() == link

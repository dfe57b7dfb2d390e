"""A person gets the image's examples once, and nothing of theirs is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from singleuser.base.stack_examples import give


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    (folder / "bokeh/data").mkdir(parents=True)
    (folder / "bokeh/app.py").write_text("app")
    (folder / "bokeh/app.py").chmod(0o444)
    (folder / "README").write_text("not a folder")
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_an_image_without_examples_leaves_nothing(tmp_path: Path, work: Path) -> None:
    assert give(tmp_path / "none", work) == []
    assert list(work.iterdir()) == []


def test_examples_come_once_and_can_be_changed(examples: Path, work: Path) -> None:
    assert give(examples, work) == ["bokeh"]
    (work / "examples/bokeh/app.py").write_text("mine")
    assert give(examples, work) == []
    assert (work / "examples/bokeh/app.py").read_text() == "mine"
    assert sorted(path.name for path in work.iterdir()) == [".examples", "examples"]


def test_what_was_deleted_stays_deleted_and_what_is_new_comes(examples: Path, work: Path) -> None:
    give(examples, work)
    shutil.rmtree(work / "examples")
    (examples / "lab").mkdir()
    assert give(examples, work) == ["lab"]
    assert [path.name for path in (work / "examples").iterdir()] == ["lab"]


def test_a_persons_own_is_left_alone(examples: Path, work: Path) -> None:
    (work / "examples").mkdir()
    (work / "examples/bokeh").write_text("mine")
    give(examples, work)
    assert (work / "examples/bokeh").read_text() == "mine"


def test_a_file_that_is_in_the_way_is_reported_and_left_alone(examples: Path, work: Path) -> None:
    (work / "examples").write_text("mine")
    with pytest.raises(OSError, match="examples"):
        give(examples, work)
    assert (work / "examples").read_text() == "mine"

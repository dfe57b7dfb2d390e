"""The image's examples are copied once, and people's own files are never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from singleuser.base.stack_examples import copy_new


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
    assert copy_new(tmp_path / "none", work) == []
    assert list(work.iterdir()) == []


def test_examples_are_copied_once_and_can_be_changed(examples: Path, work: Path) -> None:
    assert copy_new(examples, work) == ["bokeh"]
    (work / "examples/bokeh/app.py").write_text("mine")
    assert copy_new(examples, work) == []
    assert (work / "examples/bokeh/app.py").read_text() == "mine"
    assert sorted(path.name for path in work.iterdir()) == [".examples", "examples"]


def test_deleted_examples_stay_deleted_and_new_ones_are_copied(examples: Path, work: Path) -> None:
    copy_new(examples, work)
    shutil.rmtree(work / "examples")
    (examples / "lab").mkdir()
    assert copy_new(examples, work) == ["lab"]
    assert [path.name for path in (work / "examples").iterdir()] == ["lab"]


def test_a_persons_own_file_is_left_alone(examples: Path, work: Path) -> None:
    (work / "examples").mkdir()
    (work / "examples/bokeh").write_text("mine")
    copy_new(examples, work)
    assert (work / "examples/bokeh").read_text() == "mine"


def test_a_file_in_the_way_is_reported_and_left_alone(examples: Path, work: Path) -> None:
    (work / "examples").write_text("mine")
    with pytest.raises(OSError, match="examples"):
        copy_new(examples, work)
    assert (work / "examples").read_text() == "mine"

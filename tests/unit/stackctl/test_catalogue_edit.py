"""The catalogue's file as a text: what goes in and out of it, and that every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl import catalogue, catalogue_edit
from stackctl.catalogue import IMAGES, SIZES
from stackctl.errors import CheckFailedError
from tests.checkout import ROOT

SHIPPED = (ROOT / IMAGES).read_bytes().decode()
TWO = """\
# head

services:
    # the first one
    one:
        image: quay.io/a/one:1   # pinned
        x-notebook: {title: One}

    # about two,
    # two lines
    two:
        image: quay.io/a/two:1
        x-notebook:
            title: "Two"
            # its own
    # at the end

x-more:
    a: b
"""
PULLED = ("new", "quay.io/jupyter/scipy-notebook:2026-11-02", "SciPy")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "singleuser").mkdir()
    (tmp_path / SIZES).write_text("small: {title: S, cpu: 1, memory: 1G}\n")
    return tmp_path


def test_five_lines_are_added_and_nothing_else_changes() -> None:
    new = catalogue_edit.add(SHIPPED, *PULLED)
    assert new.startswith(SHIPPED)
    assert new[len(SHIPPED) :] == (
        "\n"
        "  new:\n"
        "    profiles: [singleuser]\n"
        "    image: quay.io/jupyter/scipy-notebook:2026-11-02\n"
        "    x-notebook:\n"
        "      title: SciPy\n"
    )
    image = catalogue.load(ROOT, "stackhub", new).image("new")
    assert (image.reference, image.title, image.folder) == (PULLED[1], {"en": "SciPy"}, None)


@pytest.mark.parametrize("text", [SHIPPED, TWO, TWO.replace("\n", "\r\n"), "\ufeff" + TWO, TWO.rstrip("\n")])
def test_out_again_it_is_as_it_was(text: str) -> None:
    assert catalogue_edit.remove(catalogue_edit.add(text, *PULLED), "new") == text


def test_form_and_line_ends_are_the_files_own(root: Path) -> None:
    new = catalogue_edit.add(TWO.replace("\n", "\r\n"), *PULLED)
    assert "            # its own\r\n\r\n    new:\r\n        profiles: [singleuser]\r\n" in new
    assert new.replace("\r\n", "").count("\n") == 0
    assert [image.name for image in catalogue.load(root, "s", new).images] == ["one", "two", "new"]


def test_a_file_without_an_end_to_its_last_line() -> None:
    new = catalogue_edit.add("services:\n  a:\n    image: x", *PULLED)
    assert new.startswith("services:\n  a:\n    image: x\n\n  new:\n")


TITLES = ["A: b", "#1", "yes", "12", "- x", "\"q\" and 's'", " padded ", "数据科学", "a # b", "{x}", "\\n", "a  b"]


@pytest.mark.parametrize("title", TITLES)
def test_whatever_the_title_is_it_is_read_as_written(root: Path, title: str) -> None:
    groups = ["data/lab", "a, b", "[x", "no"]
    new = catalogue_edit.add(TWO, *PULLED[:2], title, description=title, groups=groups, default=True)
    image = catalogue.load(root, "s", new).image("new")
    assert (image.title, image.description) == ({"en": title}, {"en": title})
    assert (image.groups, image.default) == (tuple(groups), True)


def test_the_comment_directly_above_goes_too() -> None:
    new = catalogue_edit.remove(TWO, "two")
    assert new == TWO.replace(TWO[TWO.index("\n    # about two") : TWO.index("    # at the end")], "")
    assert "# its own" not in new
    assert new.endswith("x-notebook: {title: One}\n    # at the end\n\nx-more:\n    a: b\n")


def test_the_first_one_goes_and_the_head_stays() -> None:
    assert catalogue_edit.remove(TWO, "one").startswith("# head\n\nservices:\n    # about two,\n    # two lines\n    two:\n")


def test_a_form_that_is_not_ours_is_left_alone() -> None:
    with pytest.raises(CheckFailedError, match="another form"):
        catalogue_edit.add("services: {a: {image: x}}\n", *PULLED)


def test_an_anchor_that_is_used_elsewhere_is_found_before_anything_is_written(root: Path) -> None:
    text = "services:\n  a:\n    image: x\n    x-notebook: &said {title: T}\n  b:\n    image: y\n    x-notebook: *said\n"
    with pytest.raises(CheckFailedError, match="said"):
        catalogue.load(root, "s", catalogue_edit.remove(text, "a"))

"""The operator's file of images as text: entries come and go, and every other byte stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl import catalogue
from stackctl.catalogue import IMAGES, LOCAL_IMAGES, SIZES, edit
from stackctl.errors import CheckFailedError
from tests.support.checkout import ROOT

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
EMPTY = (ROOT / edit.EXAMPLE).read_text()
PULLED = ("new", "quay.io/jupyter/scipy-notebook:2026-11-02", "SciPy")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "singleuser").mkdir()
    (tmp_path / IMAGES).write_text(
        "services:\n  base: {image: quay.io/a/base:1, x-notebook: {title: Base, default: true}}\n"
    )
    (tmp_path / SIZES).write_text("small: {title: S, cpu: 1, memory: 1G}\n")
    return tmp_path


def test_five_lines_are_added_and_nothing_else_changes(root: Path) -> None:
    new = edit.add(SHIPPED, *PULLED)
    assert new.startswith(SHIPPED)
    assert new[len(SHIPPED) :] == (
        "\n"
        "  new:\n"
        "    profiles: [singleuser]\n"
        "    image: quay.io/jupyter/scipy-notebook:2026-11-02\n"
        "    x-notebook:\n"
        "      title: SciPy\n"
    )
    image = catalogue.load(root, "stackhub", edit.add("services: {}\n", *PULLED)).image("new")
    assert (image.reference, image.title, image.folder) == (PULLED[1], {"en": "SciPy"}, None)


@pytest.mark.parametrize("text", [SHIPPED, EMPTY, TWO, TWO.replace("\n", "\r\n"), "\ufeff" + TWO, TWO.rstrip("\n")])
def test_adding_and_removing_an_image_restores_the_text(text: str) -> None:
    assert edit.remove(edit.add(text, *PULLED), "new") == text


def test_indentation_and_line_ends_are_the_files_own(root: Path) -> None:
    new = edit.add(TWO.replace("\n", "\r\n"), *PULLED)
    assert "            # its own\r\n\r\n    new:\r\n        profiles: [singleuser]\r\n" in new
    assert new.replace("\r\n", "").count("\n") == 0
    assert [image.name for image in catalogue.load(root, "s", new).images] == ["base", "one", "two", "new"]


def test_a_file_without_a_final_line_end() -> None:
    new = edit.add("services:\n  a:\n    image: x", *PULLED)
    assert new.startswith("services:\n  a:\n    image: x\n\n  new:\n")


TITLES = ["A: b", "#1", "yes", "12", "- x", "\"q\" and 's'", " padded ", "数据科学", "a # b", "{x}", "\\n", "a  b"]


@pytest.mark.parametrize("title", TITLES)
def test_every_title_is_read_as_it_was_written(root: Path, title: str) -> None:
    groups = ["data/lab", "a, b", "[x", "no"]
    new = edit.add(TWO, *PULLED[:2], title, description=title, groups=groups, default=True)
    image = catalogue.load(root, "s", new).image("new")
    assert (image.title, image.description) == ({"en": title}, {"en": title})
    assert (image.groups, image.default) == (tuple(groups), True)


def test_the_comment_directly_above_is_removed_too() -> None:
    new = edit.remove(TWO, "two")
    assert new == TWO.replace(TWO[TWO.index("\n    # about two") : TWO.index("    # at the end")], "")
    assert "# its own" not in new
    assert new.endswith("x-notebook: {title: One}\n    # at the end\n\nx-more:\n    a: b\n")


def test_removing_the_first_image_keeps_the_head() -> None:
    assert edit.remove(TWO, "one").startswith("# head\n\nservices:\n    # about two,\n    # two lines\n    two:\n")


def test_an_unknown_layout_is_not_changed() -> None:
    for text in ("services: {a: {image: x}}\n", "x-build:\n  a: b\n"):
        with pytest.raises(CheckFailedError, match="not written one entry per line"):
            edit.add(text, *PULLED)
    with pytest.raises(CheckFailedError, match="not written one entry per line"):
        edit.remove("services: {a: {image: x}}\n", "a")


def test_an_anchor_that_is_used_elsewhere_is_found_before_anything_is_written(root: Path) -> None:
    text = "services:\n  a:\n    image: x\n    x-notebook: &said {title: T}\n  b:\n    image: y\n    x-notebook: *said\n"
    with pytest.raises(CheckFailedError, match="said"):
        catalogue.load(root, "s", edit.remove(text, "a"))


def test_the_first_image_is_added_to_a_copy_of_the_example(root: Path) -> None:
    (root / edit.EXAMPLE).write_text(EMPTY)
    new = edit.add(edit.local_images(root), *PULLED)
    assert new.startswith(EMPTY.removesuffix(" {}\n") + "\n  new:\n    profiles: [singleuser]\n")
    (root / LOCAL_IMAGES).write_text(new)
    assert edit.local_images(root) == new
    assert [image.name for image in catalogue.load(root, "s").images] == ["base", "new"]


OFF = "services:\n  more: {image: x}\n\n  base:\n    x-notebook:\n      offered: false\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("services:\n  more: {image: x}\n", OFF),
        ("services:\n  more: {image: x}\n\n  base:\n    x-notebook:\n      offered: true\n", OFF),
        (
            "services:\n  base:  # ours\n    x-notebook:\n      title: A  # b\n  more: {image: x}\n",
            "services:\n  base:  # ours\n    x-notebook:\n      offered: false\n      title: A  # b\n  more: {image: x}\n",
        ),
        (
            "services:\r\n  base:\r\n    image: y\r\n  more: {image: x}\r\n",
            "services:\r\n  base:\r\n    x-notebook: {offered: false}\r\n    image: y\r\n  more: {image: x}\r\n",
        ),
    ],
)
def test_an_image_of_the_project_is_withdrawn(root: Path, text: str, expected: str) -> None:
    new = edit.withdraw(text, "base")
    assert new == expected
    assert [image.name for image in catalogue.load(root, "s", new).offered] == ["more"]


@pytest.mark.parametrize("text", ["services:\n  base: {image: x}\n", "services:\n  base:\n    x-notebook: {title: A}\n"])
def test_an_entry_on_one_line_is_not_changed(text: str) -> None:
    with pytest.raises(CheckFailedError, match="not written one entry per line"):
        edit.withdraw(text, "base")

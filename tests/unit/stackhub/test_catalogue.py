"""Images and sizes as the hub reads them: who may choose what, and what is chosen for whoever does not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from stackhub.catalogue import Catalogue, CatalogueFile, RefusedError
from tests.unit.stackhub.servers import image, size, text

IMAGES = [image("base"), image("r", default=True), image("gpu", groups=["Lab", "staff"])]
SIZES = [size("small"), size("large", groups=["staff"])]


@pytest.fixture
def everything() -> Catalogue:
    return Catalogue.parse(text(IMAGES, SIZES, ("GPU-1",)))


def names(catalogue: Catalogue) -> tuple[list[str], list[str]]:
    return [entry.name for entry in catalogue.images], [entry.name for entry in catalogue.sizes]


@pytest.mark.parametrize(
    ("groups", "images", "sizes"),
    [
        ([], ["base", "r"], ["small"]),
        (["lab"], ["base", "r", "gpu"], ["small"]),
        (["LAB"], ["base", "r", "gpu"], ["small"]),
        (["other", "staff"], ["base", "r", "gpu"], ["small", "large"]),
        (["la"], ["base", "r"], ["small"]),
    ],
)
def test_groups_decide_what_somebody_may_choose(
    everything: Catalogue, groups: list[str], images: list[str], sizes: list[str]
) -> None:
    assert names(everything.for_groups(groups)) == (images, sizes)
    assert everything.for_groups(groups).gpus == ("GPU-1",)


def chosen(catalogue: Catalogue, **options: Any) -> tuple[str, str]:
    image, size = catalogue.choice(options)
    return image.name, size.name


def test_what_is_not_named_is_the_default_or_the_first(everything: Catalogue) -> None:
    assert chosen(everything) == ("r", "small")
    assert chosen(everything, image="base") == ("base", "small")
    assert chosen(everything, size="large") == ("r", "large")
    assert chosen(everything, image=None, size=None) == ("r", "small")


@pytest.mark.parametrize(
    ("options", "kind", "name"),
    [
        ({"image": "gpu"}, "not-this-image", "gpu"),
        ({"image": "team-base"}, "not-this-image", "team-base"),
        ({"image": "sha256:base"}, "not-this-image", "sha256:base"),
        ({"image": ""}, "not-this-image", ""),
        ({"image": ["base"]}, "not-this-image", "['base']"),
        ({"image": 3}, "not-this-image", "3"),
        ({"image": "x" * 5000}, "not-this-image", "x" * 50),
        ({"size": "large"}, "not-this-size", "large"),
        ({"size": {"memory": "1T"}}, "not-this-size", "{'memory': '1T'}"),
        ({"image": "base", "mem_limit": "1T", "cmd": "sh"}, "unknown-option", "cmd, mem_limit"),
    ],
)
def test_anything_else_is_refused_by_its_name(everything: Catalogue, options: Any, kind: str, name: str) -> None:
    allowed = everything.for_groups([])
    with pytest.raises(RefusedError) as refused:
        allowed.choice(options)
    assert (refused.value.kind, refused.value.facts) == (kind, {"name": name})
    assert not allowed.holds(options)


@pytest.mark.parametrize(("images", "sizes", "kind"), [([], SIZES, "no-image"), (IMAGES, [], "no-size")])
def test_nothing_to_choose_is_a_refusal_of_its_own(images: list[Any], sizes: list[Any], kind: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Catalogue.parse(text(images, sizes)).choice({})
    assert refused.value.kind == kind


def test_the_file_is_read_again_when_it_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    file = CatalogueFile(path)
    assert file.current == Catalogue(), "before stackctl has written it"
    path.write_text(text(IMAGES, SIZES))
    assert names(file.current) == (["base", "r", "gpu"], ["small", "large"])
    assert file.current is file.current, "read once"
    new = tmp_path / "new"
    new.write_text(text(IMAGES[:1], SIZES[:1]))
    os.replace(new, path)
    assert names(file.current) == (["base"], ["small"])
    path.unlink()
    assert names(file.current) == (["base"], ["small"]), "Docker removes it before it writes the new one"


def test_a_file_that_is_being_written_changes_nothing_yet(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text(text(IMAGES, SIZES))
    file = CatalogueFile(path)
    before = file.current
    path.write_text(text(IMAGES, SIZES)[:40])
    assert file.current is before
    path.write_text(text(IMAGES[:1], SIZES))
    assert names(file.current)[0] == ["base"]

"""Images and sizes as the hub reads them: who may choose what, and the defaults."""

from __future__ import annotations

from typing import Any

import pytest

from stackhub.spawn.catalogue import Catalogue, RefusedError
from tests.unit.stackhub.spawn.servers import image, size, text

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
def test_groups_decide_what_a_user_may_choose(
    everything: Catalogue, groups: list[str], images: list[str], sizes: list[str]
) -> None:
    assert names(everything.for_groups(groups)) == (images, sizes)
    assert everything.for_groups(groups).gpus == ("GPU-1",)


def chosen(catalogue: Catalogue, **options: Any) -> tuple[str, str]:
    image, size = catalogue.choice(options)
    return image.name, size.name


def test_without_a_choice_the_default_or_the_first_is_used(everything: Catalogue) -> None:
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
def test_unknown_names_and_options_are_refused(everything: Catalogue, options: Any, kind: str, name: str) -> None:
    allowed = everything.for_groups([])
    with pytest.raises(RefusedError) as refused:
        allowed.choice(options)
    assert (refused.value.kind, refused.value.facts) == (kind, {"name": name})
    assert not allowed.allows(options)


@pytest.mark.parametrize(("images", "sizes", "kind"), [([], SIZES, "no-image"), (IMAGES, [], "no-size")])
def test_nothing_to_choose_from_is_refused(images: list[Any], sizes: list[Any], kind: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Catalogue.parse(text(images, sizes)).choice({})
    assert refused.value.kind == kind

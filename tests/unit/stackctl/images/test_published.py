"""The published catalogue has only images that are on this server and work, by id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackctl.catalogue import Catalogue, Image, Size
from stackctl.errors import CheckFailedError
from stackctl.images import check as image_check
from stackctl.images import published
from stackctl.images.check import Verdict
from stackctl.images.image_cache import ImageCache
from stackhub.spawn import catalogue as hub

BASE = Image(name="base", reference="team-base", title={"en": "Base", "zh-CN": "基础"}, default=True)
LAB = Image(name="lab", reference="team-lab", title={"en": "Lab"}, description={"en": "For the lab"}, groups=("Lab",))
HIDDEN = Image(name="hidden", reference="team-hidden", title={"en": "Hidden"}, offered=False)
SMALL = Size.model_validate({"name": "small", "title": "Small", "cpu": 1.5, "memory": "1G", "count": 3, "groups": ["lab"]})
CATALOGUE = Catalogue(images=(BASE, LAB, HIDDEN), sizes=(SMALL,))


class Engine:
    """Images by reference; `bad`: those that are not fit, and why; `busy`: those that may be fit another time."""

    def __init__(self, **images: str) -> None:
        self.images = {name.replace("_", "-"): ident for name, ident in images.items()}
        self.bad: dict[str, str] = {}
        self.busy: set[str] = set()
        self.looked: list[str] = []

    def image_id(self, reference: str) -> str:
        return reference if reference in self.images.values() else self.images.get(reference, "")

    def has_image(self, reference: str) -> bool:
        return bool(self.image_id(reference))

    def image_size(self, reference: str) -> int:
        return len(reference)


@pytest.fixture(autouse=True)
def _checks(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(engine: Any, ident: str, *, read_only: bool) -> Verdict:
        engine.looked.append(ident)
        lasting = ident not in engine.busy
        return Verdict(engine.bad.get(ident, ""), lasting=lasting, read_only=read_only, probe=image_check.PROBE)

    monkeypatch.setattr(image_check, "check", check)


@pytest.fixture
def cache(tmp_path: Path) -> ImageCache:
    return ImageCache.read(tmp_path / "folder" / "images.json")


def make(engine: Engine, cache: ImageCache, catalogue: Catalogue = CATALOGUE) -> published.PublishedCatalogue:
    return published.collect(engine, catalogue, cache, ("GPU-1",))  # type: ignore[arg-type]


def test_the_hub_reads_the_published_catalogue(cache: ImageCache) -> None:
    made = make(Engine(team_base="sha256:1", team_lab="sha256:22", team_hidden="sha256:3"), cache)
    read = hub.Catalogue.parse(made.text)
    base, lab = read.images
    assert (base.name, base.id, base.default) == ("base", "sha256:1", True)
    assert (lab.title, lab.description, lab.groups) == ({"en": "Lab"}, {"en": "For the lab"}, ("Lab",))
    (small,) = read.sizes
    assert (small.name, small.title, small.cpu, small.memory, small.count) == ("small", {"en": "Small"}, 1.5, 2**30, 3)
    assert (small.gpus, small.groups, small.default, read.gpus) == (0, ("lab",), False, ("GPU-1",))
    assert (tuple(made.ids), made.rejected) == (("base", "lab"), {})


def test_missing_and_rejected_images_are_left_out_with_the_reason(cache: ImageCache) -> None:
    engine = Engine(team_lab="sha256:2")
    engine.bad = {"sha256:2": "it runs as root"}
    made = make(engine, cache)
    assert (tuple(made.ids), hub.Catalogue.parse(made.text).images) == ((), ())
    assert made.rejected == {"base": "it is not on this server", "lab": "it runs as root"}


def test_the_previous_build_stays_when_the_new_one_is_rejected(cache: ImageCache) -> None:
    engine = Engine(team_base="sha256:1")
    cache.published = make(engine, cache).ids
    engine.images |= {"team-base": "sha256:new", "dangling": "sha256:1"}
    engine.bad = {"sha256:new": "it has no jupyterhub"}
    made = make(engine, cache)
    assert [image.id for image in hub.Catalogue.parse(made.text).images] == ["sha256:1"]
    assert (tuple(made.ids), made.rejected["base"]) == (("base",), "it has no jupyterhub")
    del engine.images["dangling"]
    assert tuple(make(engine, cache).ids) == (), "an old build that was deleted is no help"


def test_each_build_is_checked_once_even_across_commands(cache: ImageCache) -> None:
    engine = Engine(team_base="sha256:1", team_lab="sha256:2")
    cache.published = make(engine, cache).ids
    cache.save()
    again = ImageCache.read(cache.path)
    make(engine, again)
    assert engine.looked == ["sha256:1", "sha256:2"]
    assert again.published == {"base": "sha256:1", "lab": "sha256:2"}
    engine.images["team-base"] = "sha256:3"
    make(engine, again)
    assert engine.looked == ["sha256:1", "sha256:2", "sha256:3"]


def test_a_verdict_that_is_not_final_is_checked_again(cache: ImageCache) -> None:
    engine = Engine(team_base="sha256:1")
    engine.bad, engine.busy = {"sha256:1": "it did not open port 8888 within 60 seconds"}, {"sha256:1"}
    assert tuple(make(engine, cache).ids) == ()
    engine.bad, engine.busy = {}, set()
    assert tuple(make(engine, cache).ids) == ("base",)
    cache.verdicts["sha256:1"] = Verdict("found by an earlier probe")
    assert tuple(make(engine, cache).ids) == ("base",)
    assert engine.looked == ["sha256:1"] * 3


def test_an_image_that_becomes_read_only_is_checked_again(cache: ImageCache) -> None:
    engine = Engine(team_base="sha256:1")
    make(engine, cache)
    fixed = Catalogue(images=(BASE.model_copy(update={"read_only": True}),), sizes=(SMALL,))
    for _ in range(2):
        (image,) = hub.Catalogue.parse(make(engine, cache, fixed).text).images
        assert image.read_only
    assert engine.looked == ["sha256:1"] * 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"verdicts": {"a": {"other": 1}}, "published": {}}', '{"published": {}}'])
def test_an_unreadable_cache_counts_as_empty(cache: ImageCache, text: str) -> None:
    cache.path.parent.mkdir()
    cache.path.write_text(text)
    assert ImageCache.read(cache.path) == ImageCache(cache.path)


def test_a_cache_without_permission_to_read_is_an_error(cache: ImageCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError

    monkeypatch.setattr(type(cache.path), "read_text", refuse)
    with pytest.raises(CheckFailedError, match="You may not read"):
        ImageCache.read(cache.path)

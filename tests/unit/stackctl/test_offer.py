"""What the hub is told of the catalogue: only what is here and fit, by id, in the form that the hub reads."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from stackctl import image_check, offer
from stackctl.catalogue import Catalogue, Image, Size
from stackctl.errors import CheckFailedError
from stackctl.image_check import Verdict
from stackctl.offer import Known
from stackhub import catalogue as hub

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
def known(tmp_path: Path) -> Known:
    return Known.read(tmp_path / "folder" / "images.json")


def make(engine: Engine, known: Known, catalogue: Catalogue = CATALOGUE) -> offer.Offer:
    return offer.make(engine, catalogue, known, ("GPU-1",))  # type: ignore[arg-type]


def test_the_hub_reads_what_it_is_told(known: Known) -> None:
    made = make(Engine(team_base="sha256:1", team_lab="sha256:22", team_hidden="sha256:3"), known)
    read = hub.Catalogue.parse(made.text)
    base, lab = read.images
    assert (base.name, base.id, base.default) == ("base", "sha256:1", True)
    assert (lab.title, lab.description, lab.groups) == ({"en": "Lab"}, {"en": "For the lab"}, ("Lab",))
    (small,) = read.sizes
    assert (small.name, small.title, small.cpu, small.memory, small.count) == ("small", {"en": "Small"}, 1.5, 2**30, 3)
    assert (small.gpus, small.groups, small.default, read.gpus) == (0, ("lab",), False, ("GPU-1",))
    assert (tuple(made.ids), made.refused) == (("base", "lab"), {})


def test_sizes_have_the_same_fields_on_both_sides() -> None:
    assert {field.name for field in fields(hub.Size)} == set(Size.model_fields)


def test_what_is_not_here_or_not_fit_is_left_out_with_the_reason(known: Known) -> None:
    engine = Engine(team_lab="sha256:2")
    engine.bad = {"sha256:2": "it runs as root"}
    made = make(engine, known)
    assert (tuple(made.ids), hub.Catalogue.parse(made.text).images) == ((), ())
    assert made.refused == {"base": "it is not on this server", "lab": "it runs as root"}


def test_the_former_build_stays_when_the_new_one_is_not_fit(known: Known) -> None:
    engine = Engine(team_base="sha256:1")
    known.told = make(engine, known).ids
    engine.images |= {"team-base": "sha256:new", "dangling": "sha256:1"}
    engine.bad = {"sha256:new": "it has no jupyterhub"}
    made = make(engine, known)
    assert [image.id for image in hub.Catalogue.parse(made.text).images] == ["sha256:1"]
    assert (tuple(made.ids), made.refused["base"]) == (("base",), "it has no jupyterhub")
    del engine.images["dangling"]
    assert tuple(make(engine, known).ids) == (), "a former build that was deleted is no help"


def test_each_build_is_looked_at_once_also_by_the_next_command(known: Known) -> None:
    engine = Engine(team_base="sha256:1", team_lab="sha256:2")
    known.told = make(engine, known).ids
    known.save()
    again = Known.read(known.path)
    make(engine, again)
    assert engine.looked == ["sha256:1", "sha256:2"]
    assert again.told == {"base": "sha256:1", "lab": "sha256:2"}
    engine.images["team-base"] = "sha256:3"
    make(engine, again)
    assert engine.looked == ["sha256:1", "sha256:2", "sha256:3"]


def test_what_may_be_otherwise_another_time_is_looked_at_again(known: Known) -> None:
    engine = Engine(team_base="sha256:1")
    engine.bad, engine.busy = {"sha256:1": "it did not open port 8888 within 60 seconds"}, {"sha256:1"}
    assert tuple(make(engine, known).ids) == ()
    engine.bad, engine.busy = {}, set()
    assert tuple(make(engine, known).ids) == ("base",)
    known.verdicts["sha256:1"] = Verdict("found by an earlier probe")
    assert tuple(make(engine, known).ids) == ("base",)
    assert engine.looked == ["sha256:1"] * 3


def test_an_image_that_is_to_be_read_only_is_looked_at_again(known: Known) -> None:
    engine = Engine(team_base="sha256:1")
    make(engine, known)
    fixed = Catalogue(images=(BASE.model_copy(update={"read_only": True}),), sizes=(SMALL,))
    for _ in range(2):
        (image,) = hub.Catalogue.parse(make(engine, known, fixed).text).images
        assert image.read_only
    assert engine.looked == ["sha256:1"] * 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"verdicts": {"a": {"other": 1}}, "told": {}}', '{"told": {}}'])
def test_what_cannot_be_read_is_found_out_again(known: Known, text: str) -> None:
    known.path.parent.mkdir()
    known.path.write_text(text)
    assert Known.read(known.path) == Known(known.path)


def test_what_somebody_may_not_read_is_not_taken_for_nothing(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise PermissionError

    monkeypatch.setattr(type(known.path), "read_text", refuse)
    with pytest.raises(CheckFailedError, match="You may not read"):
        Known.read(known.path)

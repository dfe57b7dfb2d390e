"""Which images need no build."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from stackctl import catalogue
from stackctl.engine.compose import FILES
from stackctl.images import inputs
from stackctl.images.build_record import BuiltImages
from tests.support.checkout import ROOT

IDS = {"hub": "sha256:1", "base": "sha256:2"}


@pytest.fixture
def built(tmp_path: Path) -> BuiltImages:
    kept = BuiltImages(tmp_path / "built.json")
    kept.add(IDS | {"scipy": ""}, str.upper)
    return BuiltImages.read(kept.path)


@pytest.mark.parametrize(
    ("ids", "changed", "unchanged"),
    [
        (IDS, "", {"hub", "base"}),
        (IDS, "hub", {"base"}),
        (IDS | {"hub": "sha256:9"}, "", {"base"}),
        (IDS | {"base": ""}, "", {"hub"}),
        (IDS | {"scipy": "sha256:3"}, "", {"hub", "base"}),
    ],
)
def test_an_image_with_unchanged_inputs_is_not_built_again(
    built: BuiltImages, ids: dict[str, str], changed: str, unchanged: set[str]
) -> None:
    assert built.up_to_date(ids, lambda name: "other" if name == changed else name.upper()) == unchanged


def test_building_one_image_keeps_the_record_of_the_others(built: BuiltImages) -> None:
    built.add({"base": "sha256:3"}, str.upper)
    assert BuiltImages.read(built.path).up_to_date(IDS | {"base": "sha256:3"}, str.upper) == {"hub", "base"}


@pytest.mark.parametrize("text", ["", "[]", '{"hub": 1}', "{"])
def test_without_a_readable_record_everything_is_built(tmp_path: Path, text: str) -> None:
    (tmp_path / "built.json").write_text(text)
    assert BuiltImages.read(tmp_path / "built.json").up_to_date(IDS, str.upper) == frozenset()


@pytest.mark.parametrize("name", ["hub", "bokeh"])
def test_the_ids_of_parents_are_inputs(name: str) -> None:
    offered, ids = catalogue.load(ROOT, "team"), {"debian": "0"}

    def parents() -> str:
        return inputs.parents(offered, name, "debian", lambda reference: ids.get(reference, "1"))

    seen = {parents()}
    ids["debian"] = "2"
    assert parents() not in seen
    seen.add(parents())
    ids["team-singleuser-scipy"] = "3"
    assert (parents() in seen) == (name == "hub")


def test_the_definitions_of_a_service_and_of_a_notebook_image_are_inputs(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "singleuser", tmp_path / "singleuser")
    services, local = tmp_path / FILES[0], tmp_path / catalogue.LOCAL_IMAGES

    def definitions() -> dict[str, str]:
        found = catalogue.load(tmp_path, "team")
        return {name: inputs.definition(tmp_path, found, name) for name in ("hub", "base", "scipy", "r")}

    def changed() -> set[str]:
        before = dict(last)
        last.update(definitions())
        return {name for name in last if last[name] != before[name]}

    last = definitions()
    services.write_text("services: {}")
    assert changed() == {"hub"}
    local.write_text("services:\n  scipy: {build: {args: {X: y}}}\n  new: {image: x, x-notebook: {title: X}}\n")
    assert changed() == {"scipy"}
    local.write_text(local.read_text() + "  base: {x-notebook: {title: Other}}\n")
    assert changed() == set(), "what people read is not built"
    local.write_text("services:\n  base: {build: {args: {X: y}}}\n")
    assert changed() == {"base", "scipy", "r"}

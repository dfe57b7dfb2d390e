"""What need not be built again."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl import catalogue, sources
from stackctl.built import Built
from stackctl.compose import FILES
from tests.checkout import ROOT

IDS = {"hub": "sha256:1", "base": "sha256:2"}


@pytest.fixture
def built(tmp_path: Path) -> Built:
    kept = Built(tmp_path / "built.json")
    kept.note(IDS | {"scipy": ""}, str.upper)
    return Built.read(kept.path)


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
def test_what_is_as_it_was_built_is_not_built_again(
    built: Built, ids: dict[str, str], changed: str, unchanged: set[str]
) -> None:
    assert built.unchanged(ids, lambda name: "other" if name == changed else name.upper()) == unchanged


@pytest.mark.parametrize("text", ["", "[]", '{"hub": 1}', "{"])
def test_where_nothing_is_known_everything_is_built(tmp_path: Path, text: str) -> None:
    (tmp_path / "built.json").write_text(text)
    assert Built.read(tmp_path / "built.json").unchanged(IDS, str.upper) == frozenset()


@pytest.mark.parametrize("name", ["hub", "bokeh"])
def test_what_is_below_an_image_and_what_compose_is_told_count(tmp_path: Path, name: str) -> None:
    offered, ids = catalogue.load(ROOT, "team"), {"debian": "0"}

    def found() -> str:
        return sources.below(tmp_path, offered, name, "debian", lambda reference: ids.get(reference, "1"))

    seen = {found()}
    ids["debian"] = "2"
    seen.add(found())
    (tmp_path / FILES[0]).write_text("services: {}")
    seen.add(found())
    assert len(seen) == 3
    ids["team-singleuser-scipy"] = "3"
    assert (found() in seen) == (name == "hub")

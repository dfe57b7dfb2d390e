"""What need not be built as it came in an archive, and the hash of what an image is built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl import catalogue, sources
from stackctl.loaded import Loaded, Standing
from tests.checkout import ROOT

SAVED = {"hub": {"id": "sha256:1", "sources": "a"}, "base": {"id": "sha256:2", "sources": "b"}}


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    kept = Loaded(tmp_path / "loaded.json")
    kept.add(SAVED, ["scipy"])
    return kept


@pytest.mark.parametrize(
    ("ids", "now", "standing"),
    [
        ({"hub": "sha256:1", "base": "sha256:2"}, {"hub": "a", "base": "b"}, Standing(frozenset({"hub", "base"}))),
        # changed here: it has to be built, and that is said when it cannot be
        ({"hub": "sha256:1", "base": "sha256:2"}, {"hub": "x", "base": "b"}, Standing(frozenset({"base"}), ("hub",))),
        # built or removed here since: as on any other server
        ({"hub": "sha256:9", "base": ""}, {"hub": "a", "base": "b"}, Standing()),
        ({"hub": "sha256:9", "base": ""}, {"hub": "x", "base": "x"}, Standing()),
        # left out when it was saved: not built, unless somebody has
        ({"scipy": "", "bokeh": ""}, {}, Standing(frozenset({"scipy"}))),
        ({"scipy": "sha256:3"}, {}, Standing()),
    ],
)
def test_standing(loaded: Loaded, ids: dict[str, str], now: dict[str, str], standing: Standing) -> None:
    assert Loaded.read(loaded.path).standing(ids, now.__getitem__) == standing


def test_where_nothing_was_loaded_everything_is_built(tmp_path: Path) -> None:
    for text in (None, "", "[]", '{"images": {"hub": {}}, "left_out": []}'):
        if text is not None:
            (tmp_path / "loaded.json").write_text(text)
        kept = Loaded.read(tmp_path / "loaded.json")
        assert kept.standing({"hub": "sha256:1"}, str.upper) == Standing()


def test_a_later_archive_adds_to_what_was_loaded(loaded: Loaded) -> None:
    loaded.add({"scipy": {"id": "sha256:3", "sources": "c"}, "hub": {"id": "sha256:4", "sources": "d"}}, ["bokeh"])
    kept = Loaded.read(loaded.path)
    assert (kept.images["hub"]["id"], kept.images["base"]["id"], kept.left_out) == ("sha256:4", "sha256:2", ["bokeh"])
    assert loaded.path.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("hub/start", "hub/pages/login.html", "hub/conf.d/README.md", "mirrors/get"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def digest(root: Path) -> str:
    return sources.digest(root, sources.found(root, ["hub", "mirrors"]))


def test_the_hash_changes_with_what_is_built(root: Path) -> None:
    seen = {digest(root)}
    (root / "hub/pages/login.html").write_text("other")
    seen.add(digest(root))
    (root / "hub/pages/login.html").rename(root / "hub/pages/sign-in.html")
    seen.add(digest(root))
    (root / "hub/start").chmod(0o755)
    seen.add(digest(root))
    (root / "mirrors/more").touch()
    seen.add(digest(root))
    assert len(seen) == 5


def test_the_hash_does_not_change_with_what_is_not_built(root: Path) -> None:
    before = digest(root)
    (root / "hub/conf.d/ours.py").write_text("c.x = 1")
    (root / "hub/__pycache__").mkdir()
    (root / "hub/__pycache__/start.cpython-313.pyc").touch()
    (root / "nginx").mkdir()
    (root / "nginx/nginx.conf").touch()
    (root / "hub/start").chmod(0o600)
    assert digest(root) == before
    given = ["mirrors/get", "hub/start", "README.md", "hub/pages/login.html", "hubble"]
    assert sources.digest(root, sources.among(given, ["hub", "mirrors"])) == before


def test_every_image_of_the_stack_is_made_of_something(tmp_path: Path) -> None:
    known = catalogue.load(ROOT, "stackhub")
    for name in ["hub", "proxy", "nginx", *(image.name for image in known.images if image.folder)]:
        paths = sources.paths(ROOT, known, name)
        assert all((ROOT / path).exists() for path in paths), name
        assert "mirrors" in paths
        assert sources.digest(ROOT, sources.found(ROOT, paths))


def test_an_image_is_made_of_those_that_it_stands_on_too() -> None:
    base = {"name": "base", "title": "b", "reference": "base", "folder": ROOT / "singleuser" / "base"}
    other = {"name": "other", "title": "o", "reference": "other", "folder": ROOT / "singleuser" / "other"}
    pulled = {"name": "pulled", "title": "p", "reference": "quay.io/somebody/image:1"}
    known = catalogue.Catalogue(
        images=tuple(catalogue.Image.model_validate(item) for item in (base, other | {"parents": ("base",)}, pulled)),
        sizes=(),
    )
    assert sources.paths(ROOT, known, "other") == ["singleuser/base", "singleuser/other", "mirrors"]
    assert sources.paths(ROOT, known, "pulled") == []
    assert sources.digest(ROOT, []) == ""

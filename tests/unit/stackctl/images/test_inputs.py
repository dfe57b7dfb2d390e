"""Images from an archive that need no build, and the hash of the files that an image is built from."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl import catalogue
from stackctl.images import inputs
from stackctl.images.build_record import BuildStatus, LoadedImages
from tests.support.checkout import ROOT

SAVED = {"hub": {"id": "sha256:1", "sources": "a"}, "base": {"id": "sha256:2", "sources": "b"}}


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedImages:
    kept = LoadedImages(tmp_path / "loaded.json")
    kept.add(SAVED, ["scipy"])
    return kept


@pytest.mark.parametrize(
    ("ids", "sources", "status"),
    [
        ({"hub": "sha256:1", "base": "sha256:2"}, {"hub": "a", "base": "b"}, BuildStatus(loaded=frozenset({"hub", "base"}))),
        # its files have changed here: it has to be built
        (
            {"hub": "sha256:1", "base": "sha256:2"},
            {"hub": "x", "base": "b"},
            BuildStatus(loaded=frozenset({"base"}), changed=("hub",)),
        ),
        # built or removed here since: the archive no longer matters
        ({"hub": "sha256:9", "base": ""}, {"hub": "a", "base": "b"}, BuildStatus()),
        ({"hub": "sha256:9", "base": ""}, {"hub": "x", "base": "x"}, BuildStatus()),
        # left out of the archive: not built, unless somebody has built it
        ({"scipy": "", "bokeh": ""}, {}, BuildStatus(loaded=frozenset({"scipy"}))),
        ({"scipy": "sha256:3"}, {}, BuildStatus()),
    ],
)
def test_build_status(loaded: LoadedImages, ids: dict[str, str], sources: dict[str, str], status: BuildStatus) -> None:
    assert LoadedImages.read(loaded.path).status(ids, sources.__getitem__) == status


def test_without_a_readable_record_everything_is_built(tmp_path: Path) -> None:
    for text in (None, "", "[]", '{"images": {"hub": {}}, "left_out": []}'):
        if text is not None:
            (tmp_path / "loaded.json").write_text(text)
        kept = LoadedImages.read(tmp_path / "loaded.json")
        assert kept.status({"hub": "sha256:1"}, str.upper) == BuildStatus()


def test_a_later_archive_adds_to_the_record(loaded: LoadedImages) -> None:
    loaded.add({"scipy": {"id": "sha256:3", "sources": "c"}, "hub": {"id": "sha256:4", "sources": "d"}}, ["bokeh"])
    kept = LoadedImages.read(loaded.path)
    assert (kept.images["hub"]["id"], kept.images["base"]["id"], kept.left_out) == ("sha256:4", "sha256:2", ["bokeh"])
    assert loaded.path.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("hub/start", "hub/pages/login.html", "hub/conf.d/README.md", "mirrors/get"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def digest(root: Path) -> str:
    return inputs.digest(root, inputs.files(root, ["hub", "mirrors"]))


def test_the_hash_changes_with_the_files(root: Path) -> None:
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


def test_files_that_are_not_built_do_not_change_the_hash(root: Path) -> None:
    before = digest(root)
    (root / "hub/conf.d/ours.py").write_text("c.x = 1")
    (root / "hub/__pycache__").mkdir()
    (root / "hub/__pycache__/start.cpython-313.pyc").touch()
    (root / "nginx").mkdir()
    (root / "nginx/nginx.conf").touch()
    (root / "hub/start").chmod(0o600)
    assert digest(root) == before
    given = ["mirrors/get", "hub/start", "README.md", "hub/pages/login.html", "hubble"]
    assert inputs.digest(root, inputs.within(given, ["hub", "mirrors"])) == before


def test_every_image_of_the_stack_is_built_from_files(tmp_path: Path) -> None:
    known = catalogue.load(ROOT, "stackhub")
    for name in ["hub", "proxy", "nginx", *(image.name for image in known.images if image.folder)]:
        paths = inputs.paths(ROOT, known, name)
        assert all((ROOT / path).exists() for path in paths), name
        assert "mirrors" in paths
        assert inputs.digest(ROOT, inputs.files(ROOT, paths))


def test_an_image_is_built_from_its_parents_files_too() -> None:
    base = {"name": "base", "title": "b", "reference": "base", "folder": ROOT / "singleuser" / "base"}
    other = {"name": "other", "title": "o", "reference": "other", "folder": ROOT / "singleuser" / "other"}
    pulled = {"name": "pulled", "title": "p", "reference": "quay.io/somebody/image:1"}
    known = catalogue.Catalogue(
        images=tuple(catalogue.Image.model_validate(item) for item in (base, other | {"parents": ("base",)}, pulled)),
        sizes=(),
    )
    assert inputs.paths(ROOT, known, "other") == ["singleuser/base", "singleuser/other", "mirrors"]
    assert inputs.paths(ROOT, known, "pulled") == []
    assert inputs.digest(ROOT, []) == ""

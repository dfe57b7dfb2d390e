"""The catalogue file: written, read back, and read again when it is replaced."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from contract import catalogue
from contract.catalogue import Catalogue, CatalogueFile, Image, Size

BASE = Image("base", "sha256:1", {"en": "Base", "zh-CN": "基础"}, {}, default=True)
LAB = Image("lab", "sha256:2", {"en": "Lab"}, {"en": "For the lab"}, groups=("lab", "staff"), read_only=True)
SMALL = Size("small", {"en": "Small"}, 1.5, 2**29)
GPU = Size("gpu", {"en": "GPU"}, 4, 2**33, gpus=1, count=2, groups=("lab",), default=True)
FULL = Catalogue((BASE, LAB), (SMALL, GPU), ("GPU-1",))
ONE = Catalogue((BASE,), (SMALL,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.json"


@pytest.fixture
def file(path: Path) -> CatalogueFile[Catalogue]:
    return CatalogueFile(catalogue.parse, Catalogue(), path)


@pytest.mark.parametrize("content", [FULL, ONE, Catalogue()])
def test_a_catalogue_is_read_back_as_it_was_written(content: Catalogue) -> None:
    assert catalogue.parse(content.dump()) == content


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", FULL.dump()[:100], json.dumps({"images": [{"name": "x"}], "sizes": [], "gpus": []})]
)
def test_invalid_content_is_an_error_that_readers_expect(text: str) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        catalogue.parse(text)


def test_the_file_is_read_again_when_it_is_replaced(path: Path, file: CatalogueFile[Catalogue]) -> None:
    assert file.current == Catalogue(), "before stackctl has written it"
    path.write_text(FULL.dump())
    assert file.current == FULL
    assert file.current is file.current, "read once"
    new = path.with_name("new")
    new.write_text(ONE.dump())
    os.replace(new, path)
    assert file.current == ONE
    path.unlink()
    assert file.current == ONE, "Docker removes it before it writes the new one"


def test_a_file_that_is_being_written_changes_nothing_yet(path: Path, file: CatalogueFile[Catalogue]) -> None:
    path.write_text(FULL.dump())
    before = file.current
    path.write_text(FULL.dump()[:40])
    assert file.current is before
    path.write_text(ONE.dump())
    assert file.current == ONE

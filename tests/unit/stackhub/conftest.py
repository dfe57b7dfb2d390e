"""Compiled translations, as the hub's image has them."""

from __future__ import annotations

import shutil

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from stackhub.i18n import translations


@pytest.fixture(scope="session", autouse=True)
def compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Compile a copy of the .po files and let the hub's code use it."""
    folder = tmp_path_factory.mktemp("translations") / "locale"
    shutil.copytree(translations.LOCALE, folder)
    for path in folder.rglob("*.po"):
        with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source))
    translations.LOCALE = folder

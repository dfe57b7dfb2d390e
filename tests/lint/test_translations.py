"""The translations of the hub's pages are complete and match the code. hub/babel.cfg says how to update them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from contract.catalogue import LANGUAGES
from stackhub.i18n.translations import DOMAIN, LOCALE
from tests.support.checkout import ROOT

UPDATE = "the texts have changed: update the .po files as hub/babel.cfg says"
TRANSLATED = [lang for lang in LANGUAGES if lang != "en"]


@cache
def catalog(lang: str) -> Catalog:
    path = LOCALE / lang.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        return read_po(file, locale=lang.replace("-", "_"))


def messages(lang: str) -> list[Message]:
    return [message for message in catalog(lang) if message.id]


def all_of(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """A text with its plurals."""
    return [text] if isinstance(text, str) else list(text or [""])


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{\w*\}|%\(\w+\)s", text))


def test_every_language_has_its_file() -> None:
    assert sorted(path.name.replace("_", "-") for path in LOCALE.iterdir()) == sorted(TRANSLATED)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_the_texts_are_those_of_the_code(lang: str) -> None:
    with (ROOT / "hub" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file, "hub/babel.cfg")  # type: ignore[no-untyped-call]
    found = extract_from_dir(str(ROOT / "hub"), methods, options)
    extracted = {text[:2] if isinstance(text, tuple) else text for _, _, text, _, _ in found}
    assert len(extracted) > 90, "Babel finds the texts"
    assert {message.id for message in messages(lang)} == extracted, UPDATE


@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_is_translated(lang: str) -> None:
    assert not catalog(lang).obsolete, UPDATE
    assert [message.id for message in messages(lang) if message.fuzzy or not all(all_of(message.string))] == []
    assert not catalog(lang).fuzzy


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_text(lang: str) -> None:
    for message in messages(lang):
        for translation in all_of(message.string):
            assert placeholders(translation) == placeholders(all_of(message.id)[-1]), message.id


def test_the_chinese_is_chinese() -> None:
    english = [message.id for message in messages("zh-CN") if not re.search("[\u4e00-\u9fff]", str(message.string))]
    assert english == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_commands_settings_and_files_stay_as_they_are(lang: str) -> None:
    names = r"stackctl (?:up|[a-z]+ [a-z]+)|docker system df|GITLAB_[A-Z_]+|singleuser/\S+|\.env"
    for message in messages(lang):
        if isinstance(message.id, str):
            assert sorted(re.findall(names, str(message.string))) == sorted(re.findall(names, message.id)), message.id


def test_no_compiled_file_is_in_the_checkout() -> None:
    """The image's build compiles them; an old one would go into it."""
    assert list(Path(LOCALE).rglob("*.mo")) == []

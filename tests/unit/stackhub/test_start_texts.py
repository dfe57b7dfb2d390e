"""What people read about a start: every sentence in every language, with all of its facts."""

from __future__ import annotations

import re
from string import Formatter
from typing import Any

import pytest

from stackhub.catalogue import RefusedError
from stackhub.start_errors import ChoiceError, StartError, StartFailedError
from stackhub.start_texts import FAILURES, FULL, REFUSALS, STEPS, WORDS, Sentences
from stackhub.texts import LANGUAGES

FACTS: dict[str, dict[str, Any]] = {
    "not-this-image": {"name": "r-and-more"},
    "not-this-size": {"name": "giant"},
    "no-image": {},
    "no-size": {},
    "unknown-option": {"name": "cmd"},
    "size-full": {"count": 7},
    "too-large": {"wanted": "8 GB", "most": "4 GB"},
    "memory-full": {"wanted": "8 GB", "free": "1.5 GB"},
    "gpus-full": {"wanted": 2, "free": 1},
}


@pytest.mark.parametrize("texts", [STEPS, REFUSALS, FULL, FAILURES])
def test_every_sentence_is_there_in_every_language(texts: Sentences) -> None:
    for kind, sentences in texts.items():
        assert tuple(sentences) == LANGUAGES, kind
        assert len({names(sentence) for sentence in sentences.values()}) == 1, kind
        assert re.search(r"[\u4e00-\u9fff]", sentences["zh-CN"]), kind


def test_every_word_is_there_in_every_language() -> None:
    assert tuple(WORDS) == LANGUAGES
    english, chinese = WORDS.values()
    assert {name: names(word) for name, word in english.items()} == {name: names(word) for name, word in chinese.items()}
    assert all(re.search(r"[\u4e00-\u9fff]|^[^a-z]*$", word.replace("GPU", "")) for word in chinese.values())


def names(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def test_every_refusal_has_its_sentence() -> None:
    assert set(FACTS) == set(REFUSALS)
    assert set(FULL) <= set(REFUSALS)


@pytest.mark.parametrize("kind", FACTS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_names_all_facts(kind: str, lang: str) -> None:
    said = ChoiceError(RefusedError(kind, **FACTS[kind])).sentence(lang)
    assert all(str(fact) in said for fact in FACTS[kind].values())
    assert "{" not in said


def test_the_api_gets_the_english_sentence() -> None:
    error: StartError = ChoiceError(RefusedError("size-full", count=2))
    assert error.jupyterhub_message == "This size is full: 2 of 2 are in use. Choose another size, or try again later."
    assert error.status_code == 409


def test_a_failed_start_has_its_log_and_no_markup_of_it() -> None:
    error = StartFailedError("ended", "<b>out of ideas</b>", code=3)
    assert str(error) == "The notebook server ended while it started (exit code 3).\n<b>out of ideas</b>"
    assert error.sentence("zh-CN") == "笔记本服务器在启动过程中退出（退出代码 3）。"
    assert "<b>" not in error.jupyterhub_html_message

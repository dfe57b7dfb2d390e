"""Which language a browser gets, and the words in both."""

from __future__ import annotations

import re
from string import Formatter
from types import SimpleNamespace

import pytest

from stackhub.pages import SignInError, explain, language, spoken
from stackhub.texts import ERRORS, LANGUAGES, PROBLEMS, SIGN_IN


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "en"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("ZH-hans", "zh-CN"),
        ("de,fr;q=0.9", "en"),
        ("de,zh;q=0.5,en;q=0.4", "zh-CN"),
        ("en;q=0.4, zh;q=0.5", "zh-CN"),
        ("en,zh", "en"),
        ("*", "en"),
        ("zh;q=x,en", "en"),
        (";;;q=,", "en"),
    ],
)
def test_the_browser_chooses_the_language(accept: str, chosen: str) -> None:
    assert language(accept) == chosen


def test_every_text_is_there_in_every_language() -> None:
    assert {lang: set(words) for lang, words in SIGN_IN.items()} == {key: set(SIGN_IN["en"]) for key in LANGUAGES}
    assert {tuple(texts) for texts in PROBLEMS.values()} == {LANGUAGES}
    for kind, texts in ERRORS.items():
        assert tuple(texts) == LANGUAGES, kind
        english, chinese = ([_names(part) for part in texts[lang]] for lang in LANGUAGES)
        assert english == chinese, kind


def test_the_chinese_texts_are_chinese() -> None:
    errors = [part for texts in ERRORS.values() for part in texts["zh-CN"]]
    problems = [part for texts in PROBLEMS.values() for part in texts["zh-CN"]]
    for words in [*SIGN_IN["zh-CN"].values(), *errors, *problems]:
        assert re.search(r"[\u4e00-\u9fff]|^\{reason\}$", words), words


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_an_error_names_what_it_is_about() -> None:
    error = SignInError("unavailable", retry_after=30, reason="https://gitlab.example.org answered 502.")
    assert (error.status_code, error.headers) == (503, {"Retry-After": "30"})
    assert explain(error, "en")["happened"] == "https://gitlab.example.org answered 502."
    assert explain(error, "zh-CN")["heading"] == "GitLab 没有响应"


@pytest.mark.parametrize(
    ("fixed", "accept", "lang"),
    [("", "zh", "zh-CN"), ("en", "zh", "en"), ("zh-CN", "en", "zh-CN"), ("fr", "zh", "zh-CN"), ("", "fr", "en")],
)
def test_stack_lang_wins_over_the_browser(monkeypatch: pytest.MonkeyPatch, fixed: str, accept: str, lang: str) -> None:
    monkeypatch.setenv("STACK_LANG", fixed)
    assert spoken(SimpleNamespace(request=SimpleNamespace(headers={"Accept-Language": accept}))) == lang
    assert spoken(None) == (fixed if fixed in LANGUAGES else "en")

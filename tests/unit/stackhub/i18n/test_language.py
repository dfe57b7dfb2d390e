"""Which language a page is in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from contract.catalogue import LANGUAGES
from stackhub.i18n.language import language, page_language


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


@pytest.mark.parametrize(
    ("fixed", "accept", "lang"),
    [("", "zh", "zh-CN"), ("en", "zh", "en"), ("zh-CN", "en", "zh-CN"), ("fr", "zh", "zh-CN"), ("", "fr", "en")],
)
def test_stack_lang_wins_over_the_browser(monkeypatch: pytest.MonkeyPatch, fixed: str, accept: str, lang: str) -> None:
    monkeypatch.setenv("STACK_LANG", fixed)
    assert page_language(SimpleNamespace(request=SimpleNamespace(headers={"Accept-Language": accept}))) == lang
    assert page_language(None) == (fixed if fixed in LANGUAGES else "en")

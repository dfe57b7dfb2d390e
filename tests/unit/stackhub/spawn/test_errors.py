"""Why a server was not started, or did not become ready, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from contract.catalogue import LANGUAGES
from stackhub.pages.cards import REASONS
from stackhub.spawn.catalogue import RefusedError
from stackhub.spawn.errors import FAILURES, REFUSALS, STATUS, ChoiceError, StartError, StartFailedError

FACTS: dict[str, dict[str, Any]] = {
    "not-this-image": {"name": "r-and-more"},
    "not-this-size": {"name": "giant"},
    "no-image": {},
    "no-size": {},
    "unknown-option": {"name": "cmd"},
    "server-name": {"name": "My Lab"},
    "size-full": {"count": 7},
    "too-large": {"wanted": "8 GB", "most": "4 GB"},
    "memory-full": {"wanted": "8 GB", "free": "1.5 GB"},
    "gpus-full": {"wanted": 2, "free": 1},
}
FAILURE_FACTS: dict[str, Any] = {"name": "base", "reason": "no", "port": 8888, "seconds": 60, "code": 3}


def test_every_refusal_has_its_sentence() -> None:
    assert set(FACTS) == set(REFUSALS)
    assert set(REASONS) <= set(REFUSALS)
    assert set(STATUS) <= set(REFUSALS)


@pytest.mark.parametrize("kind", FACTS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_names_all_facts(kind: str, lang: str) -> None:
    sentence = ChoiceError(RefusedError(kind, **FACTS[kind])).sentence(lang)
    assert all(str(fact) in sentence for fact in FACTS[kind].values())
    assert "{" not in sentence


@pytest.mark.parametrize("kind", FAILURES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_failure_has_its_sentence(kind: str, lang: str) -> None:
    assert "{" not in StartFailedError(kind, **FAILURE_FACTS).sentence(lang)


def test_the_api_gets_the_english_sentence() -> None:
    error: StartError = ChoiceError(RefusedError("size-full", count=2))
    assert error.jupyterhub_message == "This size is full: 2 of 2 in use. Choose another size or try again later."
    assert error.status_code == 409


def test_a_failed_start_has_its_log_and_no_markup_of_it() -> None:
    error = StartFailedError("ended", "<b>out of ideas</b>", code=3)
    assert str(error) == "Your server stopped while starting (exit code 3).\n<b>out of ideas</b>"
    assert error.sentence("zh-CN") == "笔记本服务器在启动过程中退出（退出代码 3）。"
    assert "<b>" not in error.jupyterhub_html_message

"""The texts about a sign-in that failed."""

from __future__ import annotations

import re

import pytest

from contract.catalogue import LANGUAGES
from stackhub.pages.sign_in import HELP
from stackhub.pages.sign_in_errors import ERRORS, STATUS, SignInError, explain

EVERY = {"username": "alice", "reason": "a reason", "minutes": "10", "group": "users"}


def test_an_error_names_its_facts_in_both_languages() -> None:
    error = SignInError("unavailable", retry_after=30, reason="https://gitlab.example.org answered 502.")
    assert (error.status_code, error.headers) == (503, {"Retry-After": "30"})
    assert explain(error, "en").happened == "https://gitlab.example.org answered 502."
    assert explain(error, "zh-CN").heading == "GitLab 没有响应"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_can_be_explained(kind: str, lang: str) -> None:
    explanation = explain(SignInError(kind, None, **EVERY), lang)
    assert not any("{" in text for text in explanation)
    assert bool(re.search("[\u4e00-\u9fff]", explanation.heading + explanation.advice)) == (lang == "zh-CN")


def test_every_status_is_of_an_error_that_exists() -> None:
    assert set(STATUS) <= set(ERRORS)
    assert set(HELP) == {"password", "server-account"}

"""The language of a page: STACK_LANG, or what the browser asks for."""

from __future__ import annotations

import os
from typing import Any

from contract.catalogue import LANGUAGES


def language(accept: str) -> str:
    """The preferred language in an Accept-Language header that is in LANGUAGES; English if there is none.

    https://www.rfc-editor.org/rfc/rfc9110#name-accept-language
    """
    preferences: list[tuple[float, int, str]] = []
    for item in accept.split(","):
        tag, _, weight = item.strip().partition(";q=")
        try:
            preferences.append((-float(weight or 1), len(preferences), tag.lower()))
        except ValueError:
            continue
    for _, _, tag in sorted(preferences):
        for lang in LANGUAGES:
            if tag.split("-")[0] == lang.split("-")[0].lower():
                return lang
    return "en"


def page_language(handler: Any) -> str:
    """The language of a page: STACK_LANG, or else the browser's. English without a `handler`."""
    fixed = os.environ.get("STACK_LANG", "")
    return fixed if fixed in LANGUAGES else language(handler.request.headers.get("Accept-Language", "") if handler else "")

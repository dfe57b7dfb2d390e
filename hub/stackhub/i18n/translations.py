"""Translations of our own texts, with gettext. An English text is its own message id.

They are in locale/, one .po file per language. hub/babel.cfg says how to update them; the image's build compiles them.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

DOMAIN = "stackhub"
LOCALE = Path(__file__).with_name("locale")


def N_(text: str) -> str:  # noqa: N802  (the name that Babel and gettext's own tools extract)
    """Mark a text for translation where it is defined; `translations` translates it where it is shown."""
    return text


@cache
def translations(lang: str) -> gettext.NullTranslations:
    """The translations into `lang`, one of LANGUAGES. Raises FileNotFoundError if they are not compiled."""
    if lang == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [lang.replace("-", "_")])

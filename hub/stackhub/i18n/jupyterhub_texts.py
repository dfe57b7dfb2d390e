"""Chinese for the texts of JupyterHub and NativeAuthenticator, which have no translations and no way to add them.

The texts are in jupyterhub.zh-CN.yaml: by template, for their scripts, and for messages that are put together at run time.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from jinja2.ext import Extension

_TEXTS = yaml.safe_load(Path(__file__).with_name("jupyterhub.zh-CN.yaml").read_text())

TEMPLATES: dict[str, dict[str, str]] = _TEXTS["templates"]
"""Chinese by English, by template."""

SCRIPTS: dict[str, str] = _TEXTS["scripts"]
"""Chinese by the English that a script writes, or a part of it."""

MESSAGES: dict[str, str] = _TEXTS["messages"]
"""Chinese by a pattern of the English."""


def translated(message: str) -> str:
    """A message in Chinese; unchanged if there is no Chinese for it."""
    for pattern, chinese in MESSAGES.items():
        if match := re.fullmatch(pattern, message.strip()):
            return match.expand(chinese)
    return message


class JupyterHubTemplates(Extension):
    """Makes their templates choose between English and Chinese by the variable `lang`."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        source = source.replace('<html lang="en">', """<html lang="{{ lang or 'en' }}">""")
        texts = sorted(TEMPLATES.get(name or "", {}).items(), key=lambda item: -len(item[0]))
        if not texts:
            return source
        pattern = "|".join(f"({any_space(english)})" for english, _ in texts)
        return re.sub(pattern, lambda match: _either(match[0], texts[(match.lastindex or 1) - 1][1]), source)


def any_space(text: str) -> str:
    """A pattern that matches `text` with any white space between its words."""
    return r"\s+".join(re.escape(word) for word in text.split())


def _either(english: str, chinese: str) -> str:
    return f"{{% if lang == 'zh-CN' %}}{chinese}{{% else %}}{english}{{% endif %}}"

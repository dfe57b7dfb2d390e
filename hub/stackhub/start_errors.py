"""Why a notebook server was not started, or did not come up: for the API in English, for people in their language."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

from tornado import web

from .catalogue import RefusedError
from .start_texts import FAILURES, REFUSALS, Sentences

STATUS = {"too-large": 409, "size-full": 409, "memory-full": 409, "gpus-full": 409, "unknown-option": 400}
"""By kind of refusal; 403 for any other."""


class StartError(web.HTTPError):
    """A start that failed. `kind` is one of `sentences`, `facts` what its sentence names, `log` what it printed."""

    sentences: ClassVar[Sentences]

    def __init__(self, status: int, kind: str, log: str = "", **facts: Any) -> None:
        super().__init__(status, kind)
        self.kind = kind
        self.facts = facts
        self.log = log
        # what JupyterHub tells whoever called its API
        self.jupyterhub_message = f"{self.sentence('en')}\n{log}".strip()
        self.jupyterhub_html_message = f"<p>{escape(self.sentence('en'))}</p>"
        if log:
            self.jupyterhub_html_message += f"<pre>{escape(log)}</pre>"

    def sentence(self, lang: str) -> str:
        """What has happened, for a person."""
        return self.sentences[self.kind][lang].format(**self.facts)

    def __str__(self) -> str:
        return self.jupyterhub_message


class ChoiceError(StartError):
    """A choice that was refused before anything was started. People read the sentence on the page that they chose on."""

    sentences = REFUSALS

    def __init__(self, refusal: RefusedError) -> None:
        super().__init__(STATUS.get(refusal.kind, 403), refusal.kind, **refusal.facts)


class StartFailedError(StartError):
    """A notebook server that did not come up. Its user reads the sentence and the log on the page that waited for it."""

    sentences = FAILURES

    def __init__(self, kind: str, log: str = "", **facts: Any) -> None:
        super().__init__(500, kind, log, **facts)

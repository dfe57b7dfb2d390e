"""Pages in the person's language: signing in, and why somebody cannot come in. start_pages.py has those after that."""

from __future__ import annotations

import os
from typing import Any

from jupyterhub.handlers import BaseHandler, LoginHandler
from tornado import web
from traitlets.config import Config

from .chinese import SCRIPTS, Templates, said
from .start_texts import WORDS
from .texts import ERRORS, LANGUAGES, PROBLEMS, SIGN_IN

STATUS = {"unavailable": 503, "application": 500, "not-set-up": 503, "expired": 400, "unreadable": 503}
"""By kind of error; 403 for any other."""


class SignInError(web.HTTPError):
    """Somebody cannot come in. `kind` is one of texts.ERRORS, `facts` what its sentences name."""

    def __init__(self, kind: str, retry_after: int | None = None, **facts: str) -> None:
        super().__init__(STATUS.get(kind, 403), f"sign-in: {kind} {facts or ''}".strip())
        self.kind = kind
        self.facts = facts
        self.headers = {"Retry-After": str(retry_after)} if retry_after else {}


def language(accept: str) -> str:
    """The one of LANGUAGES that an Accept-Language header asks for first; English when it asks for none of them.

    https://www.rfc-editor.org/rfc/rfc9110#name-accept-language
    """
    wanted: list[tuple[float, int, str]] = []
    for item in accept.split(","):
        tag, _, weight = item.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), len(wanted), tag.lower()))
        except ValueError:
            continue
    for _, _, tag in sorted(wanted):
        for known in LANGUAGES:
            if tag.split("-")[0] == known.split("-")[0].lower():
                return known
    return "en"


def spoken(handler: Any) -> str:
    """The language that a page is to be in: STACK_LANG, else the browser's; English where there is no browser."""
    fixed = os.environ.get("STACK_LANG", "")
    return fixed if fixed in LANGUAGES else language(handler.request.headers.get("Accept-Language", "") if handler else "")


def configure(c: Config) -> None:
    """Have every page be in the person's language, whichever of JupyterHub's handlers shows it."""
    c.JupyterHub.jinja_environment_options = {"extensions": [Templates]}
    # JupyterHub has no hook for what all its pages, errors included, know of a request
    base: Any = BaseHandler
    jupyterhubs = base.template_namespace.fget
    base.template_namespace = property(lambda handler: jupyterhubs(handler) | known(spoken(handler)))


def known(lang: str) -> dict[str, Any]:
    """What every template knows: `lang`, the words `t`, the stack's `title`, and what to say of an error."""
    return {
        "lang": lang,
        "t": SIGN_IN[lang] | WORDS[lang],
        "title": os.environ["STACK_TITLE"],
        "has_password": os.environ["STACK_AUTH"] == "local",
        "said": said if lang == "zh-CN" else str,
        "problem": lambda status: PROBLEMS.get(status, PROBLEMS[500])[lang],
        "script_words": SCRIPTS if lang == "zh-CN" else {},
    }


class Translated(BaseHandler):
    """A page that explains in the person's language why they cannot come in."""

    @property
    def lang(self) -> str:
        return spoken(self)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        if not isinstance(error, SignInError):
            super().write_error(status_code, **kwargs)
            return
        for name, value in error.headers.items():
            self.set_header(name, value)
        self.write(self.render_template("sign-in-error.html", sync=True, **explain(error, self.lang)))


def explain(error: SignInError, lang: str) -> dict[str, str]:
    """The parts of the page about `error`: `heading`, `happened`, `advice`, and its `kind`."""
    parts = (text.format(**error.facts) for text in ERRORS[error.kind][lang])
    return dict(zip(("heading", "happened", "advice"), parts, strict=True)) | {"kind": error.kind}


class SignInPage(Translated, LoginHandler):
    """JupyterHub's page, which also says when nobody can come in, and why."""

    @property
    def template_namespace(self) -> dict[str, Any]:
        trouble = getattr(self.authenticator, "trouble", "")
        closed = explain(SignInError(trouble), self.lang) if trouble else None
        help_text = SIGN_IN[self.lang][getattr(self.authenticator, "sign_in_help", "lost")]
        return dict(super().template_namespace) | {"closed": closed, "help": help_text}

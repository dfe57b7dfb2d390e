"""What the template of every page can use, JupyterHub's own pages included."""

from __future__ import annotations

import os
from typing import Any

from jupyterhub.handlers import BaseHandler
from traitlets.config import Config

from stackhub.i18n.jupyterhub_texts import SCRIPTS, JupyterHubTemplates, translated
from stackhub.i18n.language import page_language
from stackhub.i18n.translations import N_, translations

PROBLEMS = {
    400: (
        N_("Invalid request"),
        N_("The address is incomplete, or the page was open for too long. Go back and try again."),
    ),
    403: (
        N_("Access denied"),
        N_("Your account doesn’t have permission. If it should, contact your administrator."),
    ),
    404: (N_("Page not found"), N_("The address may be wrong, or the page no longer exists.")),
    429: (N_("The server is busy"), N_("Try again in a few minutes.")),
    500: (
        N_("Something went wrong"),
        N_("Try again. If it keeps happening, contact your administrator. If that’s you, run: stackctl logs hub"),
    ),
}
"""Title and advice of JupyterHub's error page by HTTP status; 500 for any other."""


def configure(c: Config) -> None:
    """Show every page in the person's language, whichever of JupyterHub's handlers renders it."""
    c.JupyterHub.jinja_environment_options = {"extensions": ["jinja2.ext.i18n", JupyterHubTemplates]}
    # JupyterHub has no hook for variables of all pages, error pages included
    base: Any = BaseHandler
    namespace = base.template_namespace.fget
    base.template_namespace = property(lambda handler: namespace(handler) | variables(page_language(handler)))


def variables(lang: str) -> dict[str, Any]:
    """The variables of every template, for a page in the language `lang`."""
    texts = translations(lang)
    return {
        "lang": lang,
        "gettext": texts.gettext,  # for {% trans %} and _()
        "ngettext": texts.ngettext,
        "title": os.environ["STACK_TITLE"],
        "has_password": os.environ["STACK_AUTH"] == "local",
        "translated": translated if lang == "zh-CN" else str,
        "problem": lambda status: [texts.gettext(text) for text in PROBLEMS.get(status, PROBLEMS[500])],
        "script_texts": SCRIPTS if lang == "zh-CN" else {},
    }

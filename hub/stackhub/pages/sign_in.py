"""The sign-in page, and the page that says why somebody cannot sign in."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler, LoginHandler

from stackhub.i18n.language import page_language
from stackhub.i18n.translations import N_, translations
from stackhub.pages.sign_in_errors import SignInError, explain

HELP = {
    "password": N_("No account or forgot your password? Contact your administrator."),
    "server-account": N_(
        "Sign in with your account on this server: the same username and password as for SSH. "
        "No account or forgot your password? Contact your administrator."
    ),
}
"""The text below the form, by an authenticator's `sign_in_help`."""


class Translated(BaseHandler):
    """A handler whose pages are in the person's language, with a page that explains a SignInError."""

    @property
    def lang(self) -> str:
        return page_language(self)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        if not isinstance(error, SignInError):
            super().write_error(status_code, **kwargs)
            return
        for name, value in error.headers.items():
            self.set_header(name, value)
        self.write(self.render_template("sign-in-error.html", sync=True, **explain(error, self.lang)._asdict()))


class SignInPage(Translated, LoginHandler):
    """JupyterHub's sign-in page, which also says when nobody can sign in, and why."""

    @property
    def template_namespace(self) -> dict[str, Any]:
        kind = getattr(self.authenticator, "trouble", "")
        trouble = explain(SignInError(kind), self.lang) if kind else None
        help_text = translations(self.lang).gettext(HELP[getattr(self.authenticator, "sign_in_help", "password")])
        return dict(super().template_namespace) | {
            "trouble": trouble,
            "can_sign_in": kind != "not-set-up",
            "help": help_text,
        }

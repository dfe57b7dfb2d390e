"""Why a notebook server was not started, or did not become ready: in English for the API, translated for people."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

from tornado import web

from stackhub.i18n.translations import N_, translations
from stackhub.spawn.catalogue import RefusedError

STATUS = {
    "too-large": 409,
    "size-full": 409,
    "memory-full": 409,
    "gpus-full": 409,
    "unknown-option": 400,
    "server-name": 400,
}
"""HTTP status by kind of refusal; 403 for any other."""

REFUSALS = {
    "not-this-image": N_("The environment “{name}” doesn’t exist or isn’t available to your groups. Choose another one."),
    "not-this-size": N_("The size “{name}” doesn’t exist or isn’t available to your groups. Choose another one."),
    "no-image": N_(
        "No environment is available to you yet. Contact your administrator. If that’s you, run: stackctl images list"
    ),
    "no-size": N_("No size is available to you yet. Contact your administrator. If that’s you, see docs/images.md"),
    "unknown-option": N_("A server is started with an image and a size only. Unknown option: {name}"),
    "server-name": N_(
        "“{name}” can’t be the name of a server: small Latin letters, digits and single dashes, at most 30, "
        "with a letter in front. On the home page you can type any name."
    ),
    "too-large": N_("This size needs {wanted} of memory; all servers together may use {most}. Choose a smaller size."),
    "size-full": N_("This size is full: {count} of {count} in use. Choose another size or try again later."),
    "memory-full": N_("This size needs {wanted} of memory; {free} is available. Choose a smaller size or try again later."),
    "gpus-full": N_(
        "Not enough GPUs for this size: {wanted} needed, {free} available. Choose another size or try again later."
    ),
}
"""Why a choice of environment and size was refused, by kind of RefusedError."""

FAILURES = {
    "no-image-here": N_(
        "The notebook image {name} is not on this server. Contact your administrator. If that’s you, run: stackctl up"
    ),
    "docker": N_("Docker could not start the server: {reason}"),
    "disk-full": N_(
        "The disk of this server is full, so notebook servers can’t be started or stopped. "
        "Contact your administrator. If that’s you, run: docker system df"
    ),
    "no-docker": N_(
        "Docker is not responding on this server. Try again in a minute. If it keeps happening, contact your administrator."
    ),
    "silent": N_("The server did not respond on port {port} within {seconds} seconds."),
    "ended": N_("Your server stopped while starting (exit code {code})."),
    "killed": N_("Your server stopped while starting. It may have run out of memory (exit code {code})."),
    "removed": N_("The server’s container was removed while the server was starting."),
    "unknown": N_("The hub could not start the server. Contact your administrator. If that’s you, run: stackctl logs hub"),
}
"""Why a server did not become ready, by kind of StartFailedError; `unknown` for any other error."""


class StartError(web.HTTPError):
    """A failed start. `kind` is a key of `sentences`, `facts` the values it names, `log` the container's last log lines."""

    sentences: ClassVar[Mapping[str, str]]

    def __init__(self, status: int, kind: str, log: str = "", **facts: Any) -> None:
        super().__init__(status, kind)
        self.kind = kind
        self.facts = facts
        self.log = log
        # JupyterHub's API answers with these
        self.jupyterhub_message = f"{self.sentence('en')}\n{log}".strip()
        self.jupyterhub_html_message = f"<p>{escape(self.sentence('en'))}</p>"
        if log:
            self.jupyterhub_html_message += f"<pre>{escape(log)}</pre>"

    def sentence(self, lang: str) -> str:
        """What happened, in the language `lang`."""
        return translations(lang).gettext(self.sentences[self.kind]).format(**self.facts)

    def __str__(self) -> str:
        return self.jupyterhub_message


class ChoiceError(StartError):
    """A choice that was refused before anything was started. The choice page shows the sentence."""

    sentences = REFUSALS

    def __init__(self, refusal: RefusedError) -> None:
        super().__init__(STATUS.get(refusal.kind, 403), refusal.kind, **refusal.facts)


class StartFailedError(StartError):
    """A notebook server that did not become ready. The page that waited for it shows the sentence and the log."""

    sentences = FAILURES

    def __init__(self, kind: str, log: str = "", **facts: Any) -> None:
        super().__init__(500, kind, log, **facts)

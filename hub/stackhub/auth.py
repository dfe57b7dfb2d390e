"""Sign-in: which way in STACK_AUTH names."""

from __future__ import annotations

import json
import os
from importlib.metadata import entry_points
from typing import Any

from oauthenticator import oauth2
from tornado import web
from traitlets.config import Config

from . import git, gitlab, local, pam
from .handlers import HANDLERS
from .names import is_somebody_else, owner
from .services import token
from .settings import CA_BUNDLE, DATA, Settings, secret


def configure(c: Config, settings: Settings) -> None:
    """Choose the way in that STACK_AUTH names.

    One that is none of `local`, `pam` and `gitlab` is JupyterHub's name for one of oauthenticator's providers, which is
    set up in conf.d: docs/sign-in.md. Raises ValueError when there is none of that name.
    """
    c.CryptKeeper.keys = [token(DATA / "crypt-key")]
    git.configure(c)  # whatever the way in: tokens that servers got before may have this scope
    os.environ.update(json.loads(secret("proxy.json", default="{}")))  # for libcurl, which fetches for OAuthenticator
    c.Authenticator.auth_refresh_strict = True  # who is no user of this way in is none with an API token either
    c.OAuthenticator.enable_pkce = True
    if settings.subdomains:  # with its usual name a page on a person's host could set it, and sign others in as that person
        oauth2.STATE_COOKIE_NAME = "__Host-oauthenticator-state"
    c.OAuthenticator.http_request_kwargs = {"ca_certs": CA_BUNDLE}
    c.OAuthenticator.oauth_callback_url = f"{settings.public_url}/hub/oauth_callback"
    if settings.auth == "local":
        local.configure(c)
    elif settings.auth == "gitlab":
        gitlab.configure(c, settings)
    elif settings.auth == "pam":
        pam.configure(c, settings)
    else:
        c.JupyterHub.authenticator_class = with_our_pages(settings.auth)


def with_our_pages(name: str) -> type:
    """JupyterHub's authenticator `name` with the sign-in page of this stack. Raises ValueError when there is none."""
    for found in entry_points(group="jupyterhub.authenticators", name=name):
        provider: Any = found.load()

        class Authenticator(provider):  # type: ignore[misc]
            """The provider's users, who are not those of another way in, though they have the same name."""

            async def authenticate(self, handler: Any, data: Any = None, **given: Any) -> Any:
                model = await super().authenticate(handler, data, **given)
                if model:
                    whose = f"{self.normalize_username(model['name'])}#{name}"
                    user = handler.find_user(self.normalize_username(model["name"]))
                    if is_somebody_else(user, whose):
                        raise web.HTTPError(403, "Somebody else has this name here. Ask whoever runs this server.")
                    model["user_info"] = {"owner": whose}
                return model

            async def refresh_user(self, user: Any, handler: Any = None, **given: Any) -> Any:
                return owner(user) == f"{user.name}#{name}" and await super().refresh_user(user, handler, **given)

            def get_handlers(self, app: Any) -> list[tuple[str, type]]:
                return [*HANDLERS, *super().get_handlers(app)]

        return Authenticator
    raise ValueError(f"STACK_AUTH={name}: JupyterHub has no such authenticator")

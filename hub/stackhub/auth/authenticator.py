"""The authenticator that STACK_AUTH names."""

from __future__ import annotations

import json
import os
from importlib.metadata import entry_points
from typing import Any

from oauthenticator import oauth2
from tornado import web
from traitlets.config import Config

from stackhub.auth import git_credential, gitlab, local, pam
from stackhub.names import is_taken, owner
from stackhub.pages.handlers import HANDLERS
from stackhub.services import token
from stackhub.settings import CA_BUNDLE, DATA, Settings, secret


def configure(c: Config, settings: Settings) -> None:
    """Configure the authenticator that STACK_AUTH names: `local`, `pam`, `gitlab`, or one of oauthenticator's providers.

    The operator configures the latter in conf.d (docs/sign-in.md). Raises ValueError for an unknown name.
    """
    c.CryptKeeper.keys = [token(DATA / "crypt-key")]
    git_credential.configure(c)  # always: tokens of servers from before a change of STACK_AUTH may have this scope
    os.environ.update(json.loads(secret("proxy.json", default="{}")))  # for libcurl, OAuthenticator's HTTP client
    c.Authenticator.auth_refresh_strict = (
        True  # checks API tokens too, so that users of another authenticator can't use theirs
    )
    c.OAuthenticator.enable_pkce = True
    if settings.subdomains:  # otherwise a page on a user's host could set it and sign others in as that user
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
    """JupyterHub's authenticator `name` with our pages. Raises ValueError if there is none of this name."""
    for entry_point in entry_points(group="jupyterhub.authenticators", name=name):
        provider: Any = entry_point.load()

        class Authenticator(provider):  # type: ignore[misc]
            """The provider's authenticator. Users of another authenticator with the same name are different users."""

            async def authenticate(self, handler: Any, data: Any = None, **options: Any) -> Any:
                model = await super().authenticate(handler, data, **options)
                if model:
                    identity = f"{self.normalize_username(model['name'])}#{name}"
                    user = handler.find_user(self.normalize_username(model["name"]))
                    if is_taken(user, identity):
                        raise web.HTTPError(403, "This name belongs to another account. Contact your administrator.")
                    model["user_info"] = {"owner": identity}
                return model

            async def refresh_user(self, user: Any, handler: Any = None, **options: Any) -> Any:
                return owner(user) == f"{user.name}#{name}" and await super().refresh_user(user, handler, **options)

            def check_allow_config(self) -> None:
                """Raises SystemExit if nobody could sign in. JupyterHub's own warns."""
                if missing := [option for option in ("client_id", "client_secret") if not getattr(self, option)]:
                    raise SystemExit(f"STACK_AUTH={name} needs {' and '.join(missing)} in hub/conf.d: docs/sign-in.md")
                if not (self.any_allow_config or self.admin_users):
                    fix = "Set allowed_users or allow_all in hub/conf.d: docs/sign-in.md"
                    raise SystemExit(f"STACK_AUTH={name}: nobody may sign in. {fix}")

            def get_handlers(self, app: Any) -> list[tuple[str, type]]:
                return [*HANDLERS, *super().get_handlers(app)]

        return Authenticator
    raise ValueError(f"STACK_AUTH={name}: JupyterHub has no such authenticator")

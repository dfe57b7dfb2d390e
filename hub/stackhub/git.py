"""A GitLab token for Git in a notebook, fresh each time it is asked for."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub.apihandlers import APIHandler
from tornado import web
from traitlets.config import Config

SCOPE = "custom:git-credential"


class GitCredentialHandler(APIHandler):
    """`GET /hub/api/users/NAME/git-credential`: `{"username": str, "password": str, "expires": seconds since 1970}`.

    The user name is GitLab's for a token: https://docs.gitlab.com/topics/git/clone/#clone-using-a-token
    """

    async def get(self, name: str) -> None:
        if self.current_user is None:
            raise web.HTTPError(403, "GitLab has ended this sign-in: sign in again in the browser.")
        # not needs_scope, which knows of no custom scope yet when this is read
        if f"{SCOPE}!user={name}" not in self.expanded_scopes:
            raise web.HTTPError(403, "This takes an API token of the user's own.")
        if self.get_token() is None:  # a page of somebody's server, in this person's browser, must not get it
            raise web.HTTPError(403, "This takes an API token, and no cookie.")
        authenticator: Any = self.authenticator
        user = self.find_user(name)
        if user is None or not authenticator.git:
            raise web.HTTPError(404, "Git does not sign in to GitLab by itself here.")
        token = await authenticator.checks.token(user)
        if token is None:
            raise web.HTTPError(403, "GitLab has ended this sign-in: sign in again in the browser.")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps({"username": "oauth2", "password": token.access_token, "expires": int(token.expires)}))


def configure(c: Config) -> None:
    """Let every notebook server ask for its owner's token, and for nobody else's."""
    c.JupyterHub.custom_scopes = {SCOPE: {"description": "Get a GitLab token for Git"}}
    c.JupyterHub.extra_user_scopes = [f"{SCOPE}!user"]
    c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", f"{SCOPE}!user"]

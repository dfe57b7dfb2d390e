"""The API from which Git in a notebook gets a valid GitLab token."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub.apihandlers import APIHandler
from tornado import web
from traitlets.config import Config

SCOPE = "custom:git-credential"


class GitCredentialHandler(APIHandler):
    """`GET /hub/api/users/NAME/git-credential`: `{"username": str, "password": str, "expires": seconds since 1970}`.

    GitLab defines the user name for tokens: https://docs.gitlab.com/topics/git/clone/#clone-using-a-token
    """

    async def get(self, name: str) -> None:
        if self.current_user is None:
            raise web.HTTPError(403, "GitLab has ended your sign-in. Sign in again in the browser.")
        # not @needs_scope: custom scopes are not defined yet when this class is defined
        if f"{SCOPE}!user={name}" not in self.expanded_scopes:
            raise web.HTTPError(403, "This needs an API token of the same user.")
        if self.get_token() is None:  # a page of another user's server in this user's browser must not get it
            raise web.HTTPError(403, "This needs an API token, not a cookie.")
        authenticator: Any = self.authenticator
        user = self.find_user(name)
        if user is None or not authenticator.git:
            raise web.HTTPError(404, "Signing in to GitLab from Git is switched off on this server.")
        token = await authenticator.recheck.token(user)
        if token is None:
            raise web.HTTPError(403, "GitLab has ended your sign-in. Sign in again in the browser.")
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps({"username": "oauth2", "password": token.access_token, "expires": int(token.expires)}))


def configure(c: Config) -> None:
    """Let every notebook server get its owner's token, and no other."""
    c.JupyterHub.custom_scopes = {SCOPE: {"description": "Get a GitLab token for Git"}}
    c.JupyterHub.extra_user_scopes = [f"{SCOPE}!user"]
    c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", f"{SCOPE}!user"]

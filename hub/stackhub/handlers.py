"""Pages and API calls of JupyterHub's that are ours whatever the way in."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub.apihandlers.users import UserAPIHandler, UserServerAPIHandler
from tornado import web

from . import disk
from .choice import forget_what_is_gone
from .pages import SignInPage
from .start_pages import ChoicePage, ServerPage, WaitingPage


class UnrenamableUserHandler(UserAPIHandler):
    """JupyterHub's own, without others' tokens, and without renaming: passwords, files and addresses stand under the name.

    Its admin page sends the name with every change, and JupyterHub 6.1.1 takes away a name that is sent unchanged.
    """

    def write(self, chunk: Any) -> None:
        """Without `auth_state`, which JupyterHub gives administrators: it holds people's own tokens."""
        if isinstance(chunk, str):
            model = json.loads(chunk)
            model.pop("auth_state", None)
            chunk = json.dumps(model)
        super().write(chunk)

    def get_json_body(self) -> Any:
        body = super().get_json_body()
        if self.request.method == "PATCH" and body and "name" in body:
            name = self.authenticator.normalize_username(body.pop("name"))
            if name != self.path_args[0]:
                raise web.HTTPError(400, "An account cannot be renamed. Make a new one.")
        return body


class StartServerHandler(UserServerAPIHandler):
    """JupyterHub's own. A start that names nothing takes what was chosen last, as long as that is still there."""

    async def spawn_single_user(self, user: Any, server_name: str = "", display_name: str = "", options: Any = None) -> None:
        disk.check()
        if options is None:
            forget_what_is_gone(user.get_or_create_spawner(server_name, display_name))
        await super().spawn_single_user(user, server_name, display_name, options)

    async def delete(self, *arguments: Any) -> None:
        disk.check()
        await super().delete(*arguments)


HANDLERS: list[tuple[str, type]] = [
    ("/login", SignInPage),
    ("/spawn", ChoicePage),
    ("/spawn/([^/]+)", ChoicePage),
    ("/spawn/([^/]+)/([^/]+)", ChoicePage),
    ("/spawn-pending/([^/]+)", WaitingPage),
    ("/spawn-pending/([^/]+)/([^/]+)", WaitingPage),
    ("/user/(?P<user_name>[^/]+)(?P<user_path>/.*)?", ServerPage),
    (r"/api/users/([^/]+)", UnrenamableUserHandler),
    (r"/api/users/([^/]+)/server", StartServerHandler),
    (r"/api/users/([^/]+)/servers/([^/]*)", StartServerHandler),
]
"""For an authenticator's `get_handlers`: found before JupyterHub's own."""

"""The handlers that replace JupyterHub's own, with every authenticator."""

from __future__ import annotations

import json
from types import NoneType
from typing import Any

from jupyterhub.apihandlers import APIHandler
from jupyterhub.apihandlers.users import ActivityAPIHandler, UserAPIHandler, UserServerAPIHandler, _parse_timestamp
from jupyterhub.utils import isoformat, utcnow
from tornado import web

from stackhub.pages.sign_in import SignInPage
from stackhub.pages.start import ChoicePage, NamedServers, ServerPage, WaitingPage
from stackhub.spawn import disk
from stackhub.spawn.choice import drop_stale_choice

TYPES: dict[type | tuple[type, ...], str] = {
    str: "name display_name note user group password username",
    bool: "admin remove",
    (int, float): "expires_in",
    dict: "user_options properties auth_state auth",
    (dict, bool): "servers",
    list: "users usernames groups roles scopes",
}
"""The fields of the bodies of JupyterHub's API, by their type. Lists are of strings, and any field may be null."""

FIELDS = {field: kind for kind, fields in TYPES.items() for field in fields.split()}


def configure() -> None:
    """Refuse JSON bodies that are not objects, or have values of wrong types, in all of JupyterHub's API.

    Many of its handlers would fail on them, some after they have begun to change something.
    """
    base: Any = APIHandler
    get_json_body = base.get_json_body

    def checked(handler: Any) -> Any:
        body = get_json_body(handler)
        if not isinstance(body, dict | None):
            raise web.HTTPError(400, "The body must be a JSON object.")
        for field, value in (body or {}).items():
            items = value if isinstance(value, list) and FIELDS.get(field) is list else []
            right = isinstance(value, (FIELDS.get(field, object), NoneType)) and all(isinstance(item, str) for item in items)
            if not right:
                raise web.HTTPError(400, f"{field} has a wrong type.")
        return body

    base.get_json_body = checked


class UnrenamableUserHandler(UserAPIHandler):
    """JupyterHub's handler, without users' tokens and without renaming: passwords, files and URLs depend on the name.

    The admin page sends the name with every change, and JupyterHub 6.1.1 fails on a name that is sent unchanged.
    """

    def write(self, chunk: Any) -> None:
        """Leave out `auth_state`, which JupyterHub shows to administrators: it contains users' tokens."""
        if isinstance(chunk, str):
            model = json.loads(chunk)
            model.pop("auth_state", None)
            chunk = json.dumps(model)
        super().write(chunk)

    def get_json_body(self) -> Any:
        body = super().get_json_body()
        if self.request.method == "PATCH" and body and isinstance(body.get("name"), str):
            name = self.authenticator.normalize_username(body.pop("name"))
            if name != self.path_args[0]:
                raise web.HTTPError(400, "Accounts can't be renamed. Create a new one.")
        return body


class StartServerHandler(NamedServers, UserServerAPIHandler):
    """JupyterHub's handler. A start without options uses the last choice, if it is still allowed."""

    async def spawn_single_user(self, user: Any, server_name: str = "", display_name: str = "", options: Any = None) -> None:
        disk.check()
        if options is None:
            drop_stale_choice(user.get_or_create_spawner(server_name, display_name))
        await super().spawn_single_user(user, server_name, display_name, options)

    async def patch(self, *arguments: Any) -> None:
        """Refuse unknown fields, on which JupyterHub 6.1.1 fails."""
        if unknown := (self.get_json_body() or {}).keys() - {"name", "display_name", "user_options"}:
            raise web.HTTPError(400, f"A server has no {', '.join(sorted(unknown))}.")
        await super().patch(*arguments)

    async def delete(self, *arguments: Any) -> None:
        disk.check()
        await super().delete(*arguments)


class PastActivityHandler(ActivityAPIHandler):
    """JupyterHub's handler. Activity in the next hour, which it accepts, is now: else idle servers could be kept running."""

    def get_json_body(self) -> Any:
        body = super().get_json_body()
        servers = body.get("servers") if isinstance(body, dict) else None
        for report in [body, *(servers.values() if isinstance(servers, dict) else ())]:
            if isinstance(report, dict) and isinstance(report.get("last_activity"), str):
                report["last_activity"] = isoformat(min(_parse_timestamp(report["last_activity"]), utcnow(with_tz=False)))
        return body


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
    (r"/api/users/([^/]+)/activity", PastActivityHandler),
]
"""For an authenticator's `get_handlers`, which take precedence over JupyterHub's."""

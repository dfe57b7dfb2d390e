"""The interface for tests: POST /-/standin/OPERATION with the arguments as JSON. client.py calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web

from tests.standins.gitlab.faults import FAULTS, Fault
from tests.standins.gitlab.listener import LISTENER, Listener
from tests.standins.gitlab.model import Application
from tests.standins.gitlab.web import STATE

PREFIX = "/-/standin/"
USER_FIELDS = {"name", "email", "password", "public_email", "commit_email", "state", "admin"}
ROUTES = web.RouteTableDef()


class Operations:
    """Each public method is an operation."""

    def __init__(self, request: web.Request) -> None:
        self._state, self._faults = request.config_dict[STATE], request.config_dict[FAULTS]
        self._listener: Listener = request.config_dict[LISTENER]

    def add_user(self, username: str, **given: Any) -> int:
        return self._state.add_user(username, **given).id

    def change_user(self, username: str, **changes: Any) -> None:
        user = self._state.user(username)
        if not set(changes) <= USER_FIELDS:
            raise ValueError(f"a user has no {', '.join(set(changes) - USER_FIELDS)}")
        for name, value in changes.items():
            setattr(user, name, value)

    def rename(self, username: str, new: str) -> None:
        if self._state.find_user(new):
            raise ValueError(f"there is a user {new} already")
        self._state.user(username).username = new

    def delete_user(self, username: str) -> None:
        self._state.delete_user(username)

    def add_group(self, full_path: str, name: str = "") -> int:
        return self._state.add_group(full_path, name).id

    def add_member(self, group: str, username: str, level: int) -> None:
        self._state.memberships[self._state.group(group).id, self._state.user(username).id] = level

    def remove_member(self, group: str, username: str) -> None:
        del self._state.memberships[self._state.group(group).id, self._state.user(username).id]

    def add_token(self, username: str, scopes: list[str], lifetime: float | None = None) -> str:
        return self._state.add_personal_token(username, scopes, lifetime).value

    def revoke_token(self, value: str) -> None:
        next(token for token in self._state.personal_tokens if token.value == value).revoked = True

    def add_application(self, name: str, redirect_uri: str, scopes: list[str], owner: str = "", **given: bool) -> Any:
        by = self._state.user(owner) if owner else None
        application, secret = self._state.add_application(name, redirect_uri, scopes, owner=by, **given)
        return {**_application(application), "secret": secret}

    def applications(self) -> Any:
        return [_application(item) for item in self._state.applications.values()]

    def change_application(self, uid: str, **changes: Any) -> None:
        application = self._application(uid)
        for name in changes:
            if name not in ("name", "redirect_uri", "scopes", "confidential", "trusted"):
                raise ValueError(f"an application has no {name}")
            setattr(application, name, changes[name])

    def delete_application(self, uid: str) -> None:
        self._state.delete_application(self._application(uid))

    def renew_secret(self, uid: str) -> str:
        return self._application(uid).renew_secret()

    def _application(self, uid: str) -> Application:
        if not (found := self._state.find_application(uid)):
            raise KeyError(uid)
        return found

    def revoke_access_tokens(self, username: str) -> int:
        mine = [token for token in self._state.tokens if token.user is self._state.user(username) and not token.revoked]
        for token in mine:
            token.revoked = True
        return len(mine)

    def end_sessions(self) -> None:
        self._state.sessions.clear()

    def add_project(self, group: str, path: str) -> str:
        return f"{self._state.settings.url}/{self._state.add_project(group, path).full_path}.git"

    def read_file(self, project: str, name: str) -> str:
        return self._state.read_file(project, name)

    def settings(self, **changes: Any) -> Any:
        self._state.settings = replace(self._state.settings, **changes)
        return vars(self._state.settings)

    def advance(self, seconds: float) -> None:
        self._state.clock_ahead += seconds

    def fault(self, **given: Any) -> None:
        self._faults.active.append(Fault(**given))

    def clear_faults(self) -> None:
        self._faults.active.clear()

    def refuse(self, seconds: float) -> None:
        self._listener.refuse_soon(seconds)

    def requests(self) -> list[str]:
        return list(self._faults.requests)

    def clear_requests(self) -> None:
        self._faults.requests.clear()


def _application(shown: Application) -> dict[str, Any]:
    return {
        "id": shown.id,
        "uid": shown.uid,
        "name": shown.name,
        "redirect_uri": shown.redirect_uri,
        "scopes": shown.scopes,
        "confidential": shown.confidential,
        "trusted": shown.trusted,
        "owner": shown.owner.username if shown.owner else "",
    }


@ROUTES.post(PREFIX + "{operation}")
async def operate(request: web.Request) -> web.Response:
    name = request.match_info["operation"]
    operation: Callable[..., Any] | None = getattr(Operations(request), name, None)
    if name.startswith("_") or operation is None:
        return web.json_response({"error": f"there is no operation {name}"}, status=404)
    try:
        done = operation(**json.loads(await request.text() or "{}"))
    except (KeyError, ValueError, TypeError, StopIteration) as error:
        return web.json_response({"error": f"{name}: {error!r}"}, status=400)
    return web.json_response({"result": done})


@ROUTES.get(PREFIX + "ca.pem")
async def ca(request: web.Request) -> web.Response:
    return web.Response(text=request.config_dict[LISTENER].ca_pem, content_type="application/x-pem-file")

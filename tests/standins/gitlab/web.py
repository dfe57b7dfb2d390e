"""Shared by all parts of the server: the state, a request's parameters, and responses like Rails'."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.standins.gitlab.state import State

STATE: web.AppKey[State] = web.AppKey("state", State)


def state_of(request: web.Request) -> State:
    return request.config_dict[STATE]


async def params_of(request: web.Request) -> dict[str, str]:
    """The parameters of the query and the body, a form or JSON: doc/api/rest/_index.md, 'Request payload'."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except json.JSONDecodeError:
            body = {}
        given |= body if isinstance(body, dict) else {}
    else:
        given |= dict(await request.post())
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def bearer_of(request: web.Request, params: dict[str, str]) -> str:
    """The request's access token: access_token_methods in config/initializers/doorkeeper.rb."""
    header = request.headers.get("Authorization", "")
    from_header = header[7:].strip() if header[:7].lower() == "bearer " else ""
    return params.get("access_token") or from_header or params.get("bearer_token", "")


def server_error(request: web.Request) -> web.Response:
    """Rails' response to an exception of the application: JSON if the client accepts it, otherwise a page.

    Source: ActionDispatch::PublicExceptions.
    """
    if "json" in request.headers.get("Accept", ""):
        return web.json_response({"status": 500, "error": "Internal Server Error"}, status=500)
    page = "<!DOCTYPE html><html><head><title>Something went wrong (500)</title></head><body><h1>500</h1></body></html>"
    return web.Response(text=page, status=500, content_type="text/html")

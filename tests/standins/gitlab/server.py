"""The aiohttp application."""

from __future__ import annotations

from aiohttp import web

from tests.standins.gitlab import authorize, control, git, openid, sessions, tokens
from tests.standins.gitlab.api import applications, groups, people
from tests.standins.gitlab.api.guard import APIError, no_such_endpoint
from tests.standins.gitlab.faults import FAULTS, Faults, Handler, cut_off, faulty
from tests.standins.gitlab.state import State
from tests.standins.gitlab.web import STATE

PARTS = [sessions, authorize, tokens, openid, people, groups, applications, control, git]
MAX_BODY = 64 * 2**20


def make_app(state: State, prefix: str = "") -> web.Application:
    """The application, below `prefix`, such as /gitlab: GitLab with a relative URL."""

    @web.middleware
    async def outside(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Log requests and apply faults, except for the control's requests."""
        path = request.rel_url.raw_path.removeprefix(prefix)
        faults = request.app[FAULTS]
        if faults.refusing:
            return cut_off(request)
        if path.startswith(control.PREFIX):
            return await handler(request)
        faults.requests.append(f"{request.method} {path}")
        fault = faults.take(path)
        return await (faulty(request, handler, fault) if fault else handler(request))

    @web.middleware
    async def api_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Errors of the API are JSON, including those of aiohttp's router: lib/api/api.rb."""
        try:
            return await handler(request)
        except APIError:
            raise
        except web.HTTPException as error:
            if not request.path.startswith(f"{prefix}/api/") or error.status not in (404, 405):
                raise
            raise (no_such_endpoint() if error.status == 404 else APIError(405, {"error": "405 Not Allowed"})) from None

    app = web.Application(middlewares=[outside, api_errors], client_max_size=MAX_BODY)
    app[STATE], app[FAULTS] = state, Faults()
    inner = web.Application(client_max_size=MAX_BODY) if prefix else app
    for part in PARTS:
        inner.add_routes(part.ROUTES)
    if prefix:
        app.router.add_get(prefix, sessions.root)
        app.add_subapp(prefix, inner)
    return app

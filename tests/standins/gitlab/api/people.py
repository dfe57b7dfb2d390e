"""Version, users and personal access tokens: lib/api/{metadata,users}.rb, lib/api/personal_access_tokens/*.rb."""

from __future__ import annotations

from aiohttp import web

from tests.standins.gitlab.api import entities
from tests.standins.gitlab.api.guard import ANY, READ_USER, caller_of, failure, forbidden, integer, not_found
from tests.standins.gitlab.api.pagination import paginated
from tests.standins.gitlab.model import PersonalToken

ROUTES = web.RouteTableDef()


@ROUTES.get("/api/v4/version")
@ROUTES.get("/api/v4/metadata")
async def version(request: web.Request) -> web.Response:
    caller = await caller_of(request, READ_USER)
    caller.must_be_known()
    kas = {"enabled": False, "externalUrl": None, "version": None}
    number = caller.state.settings.version
    return web.json_response(
        {"version": number, "revision": "0123456789a", "kas": kas, "enterprise": number.endswith("-ee")}
    )


@ROUTES.get("/api/v4/user")
async def current(request: web.Request) -> web.Response:
    """Only an administrator's response has `is_admin`."""
    caller = await caller_of(request, READ_USER)
    entity = entities.user_with_admin if caller.person.admin else entities.user_public
    return web.json_response(entity(caller.state, caller.person))


@ROUTES.get("/api/v4/users")
async def users(request: web.Request) -> web.Response:
    """`username` must match exactly, in any case; `search` matches names; newest first (users_finder.rb)."""
    caller = await caller_of(request, READ_USER)
    username, search = request.query.get("username", "").casefold(), request.query.get("search", "").casefold()
    if caller.user is None and not username:
        raise forbidden("Not authorized to access /api/v4/users")
    found = [
        user
        for user in sorted(caller.state.users.values(), key=lambda item: -item.id)
        if (not username or user.username.casefold() == username)
        and (search in user.username.casefold() or search in user.name.casefold())
        and (user.state == "active" or request.query.get("active") != "true")
        and (user.blocked or request.query.get("blocked") != "true")
    ]
    entity = entities.user_with_admin if caller.is_admin else entities.user_basic
    return paginated(request, found, lambda user: entity(caller.state, user))


@ROUTES.get("/api/v4/users/{id}")
async def user(request: web.Request) -> web.Response:
    caller = await caller_of(request, READ_USER)
    if caller.user is None:
        raise forbidden("Not authorized!")
    shown = caller.state.users.get(integer(request.match_info["id"], "id"))
    if not shown:
        raise not_found("User")
    entity = entities.user_with_admin if caller.is_admin else entities.user
    return web.json_response(entity(caller.state, shown))


@ROUTES.get("/api/v4/personal_access_tokens/self")
async def own_token(request: web.Request) -> web.Response:
    """Open to a token of any scope: self_information.rb."""
    caller = await caller_of(request, ANY)
    caller.must_be_known()
    if not isinstance(caller.token, PersonalToken):
        raise failure(400, "400 Bad request - This endpoint requires token type to be a personal access token")
    return web.json_response(entities.personal_token(caller.state, caller.token))


@ROUTES.delete("/api/v4/personal_access_tokens/self")
async def revoke_own_token(request: web.Request) -> web.Response:
    caller = await caller_of(request, ANY)
    caller.must_be_known()
    if not isinstance(caller.token, PersonalToken):
        raise failure(400, "400 Bad request - This endpoint requires token type to be a personal access token")
    caller.token.revoked = True
    return web.Response(status=204)

"""Groups and their members: lib/api/{groups,members}.rb. Every group is private here."""

from __future__ import annotations

from aiohttp import web

from tests.standins.gitlab.api import entities
from tests.standins.gitlab.api.guard import GROUPS, Caller, caller_of, failure, integer, not_found
from tests.standins.gitlab.api.pagination import paginated
from tests.standins.gitlab.model import Group

ROUTES = web.RouteTableDef()


def visible(caller: Caller, request: web.Request) -> list[Group]:
    """GroupsFinder: administrators see all groups unless `all_available=false`, others the groups they are a member of.
    With `min_access_level` or `owned`, everybody sees only those."""
    if caller.user is None:
        return []
    owned = request.query.get("owned") == "true"
    level = 50 if owned else integer(request.query.get("min_access_level", "0"), "min_access_level")
    if caller.is_admin and not level and request.query.get("all_available") != "false":
        return list(caller.state.groups.values())
    return caller.state.groups_of(caller.user, max(1, level))


@ROUTES.get("/api/v4/groups")
async def groups(request: web.Request) -> web.Response:
    """`search` matches name and path; with a slash in it, full paths (Namespace.search with
    include_parents); `top_level_only`. Sorted by name."""
    caller = await caller_of(request, GROUPS)
    search = request.query.get("search", "").casefold()
    found = [
        group
        for group in visible(caller, request)
        if any(search in text.casefold() for text in (group.name, group.path, group.full_path if "/" in search else ""))
        and not (group.parent and request.query.get("top_level_only") == "true")
    ]
    found.sort(key=lambda group: (group.name.casefold(), group.id), reverse=request.query.get("sort") == "desc")
    return paginated(request, found, lambda group: entities.group(caller.state, group))


def group_of(caller: Caller, request: web.Request) -> Group:
    """The group in the request's path. Raises APIError, also if the caller may not see it (find_group!)."""
    group = caller.state.find_group(request.match_info["id"])
    if group and (caller.is_admin or (caller.user and caller.state.level(caller.user, group))):
        return group
    raise not_found("Group")


@ROUTES.get("/api/v4/groups/{id}")
async def group(request: web.Request) -> web.Response:
    caller = await caller_of(request, GROUPS)
    body = entities.group(caller.state, group_of(caller, request))
    return web.json_response({**body, "shared_with_groups": [], "projects": []})


@ROUTES.get("/api/v4/groups/{id}/members/all")
async def members(request: web.Request) -> web.Response:
    """With `query`, `user_ids` (or `user_ids[]`)."""
    caller = await caller_of(request)
    caller.must_be_known()
    shown = group_of(caller, request)
    ids = ",".join([*request.query.getall("user_ids", []), *request.query.getall("user_ids[]", [])])
    wanted = {integer(item, "user_ids") for item in ids.split(",") if item}
    query = request.query.get("query", "").casefold()
    found = [
        (user, level)
        for user, level in caller.state.members(shown)
        if (not wanted or user.id in wanted) and (query in user.username.casefold() or query in user.name.casefold())
    ]
    return paginated(request, found, lambda item: entities.member(caller.state, *item))


@ROUTES.get("/api/v4/groups/{id}/members/all/{user_id}")
async def member(request: web.Request) -> web.Response:
    caller = await caller_of(request)
    caller.must_be_known()
    shown, wanted = group_of(caller, request), integer(request.match_info["user_id"], "user_id")
    for user, level in caller.state.members(shown):
        if user.id == wanted:
            return web.json_response(entities.member(caller.state, user, level))
    raise failure(404, "404 Not found")  # find_by! and ActiveRecord::RecordNotFound in lib/api/api.rb

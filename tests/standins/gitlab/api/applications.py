"""OAuth applications: lib/api/applications.rb (administrators; doc/api/applications.md) and lib/api/user_applications.rb
(the caller's own; since 19.0; doc/api/user_applications.md)."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from tests.standins.gitlab.api import entities
from tests.standins.gitlab.api.guard import (
    APIError,
    Caller,
    caller_of,
    failure,
    forbidden,
    integer,
    no_such_endpoint,
    not_found,
    required,
)
from tests.standins.gitlab.api.pagination import paginated
from tests.standins.gitlab.model import SCOPES, Application
from tests.standins.gitlab.web import params_of, state_of

ROUTES = web.RouteTableDef()
ALL = ("name", "redirect_uri", "scopes")


def must_have(request: web.Request, major: int, minor: int) -> None:
    """Raises APIError if this GitLab version does not have the endpoint."""
    if not state_of(request).version_is(major, minor):
        raise no_such_endpoint()


def checked(params: dict[str, str]) -> dict[str, str]:
    """The parameters of an application. Raises APIError as Grape and then the model's validations do."""
    if "scopes" in params and not params["scopes"].strip():
        raise APIError(400, {"error": "scopes is empty"})
    problems: dict[str, list[str]] = {}
    if "name" in params and not params["name"].strip():
        problems["name"] = ["can't be blank"]
    if "redirect_uri" in params and (problem := address_problem(params["redirect_uri"])):
        problems["redirect_uri"] = [problem]
    if not set(params.get("scopes", "").split()) <= set(SCOPES):
        problems["scopes"] = ["doesn't match those configured on the server."]
    if problems:
        raise failure(400, problems)
    return params


def address_problem(text: str) -> str:
    """The first error of doorkeeper's redirect_uri_validator.rb, or ""."""
    if not text.strip():
        return "can't be blank"
    for address in text.split():
        try:
            parts = urlsplit(address)
        except ValueError:
            return "must be a valid URI."
        if parts.scheme in ("data", "vbscript", "javascript"):
            return "is forbidden by the server."
        if parts.fragment or "#" in address:
            return "cannot contain a fragment."
        if not parts.scheme and not parts.netloc:
            return "must be an absolute URI."
        if parts.scheme == "localhost" or (parts.scheme and not address.startswith(f"{parts.scheme}:/")):
            return "must specify a scheme."
        if parts.scheme in ("http", "https") and not parts.hostname:
            return "must be a valid URI."
    return ""


def made(caller: Caller, params: dict[str, str], **owner: object) -> web.Response:
    """Create an application. 201, although doc/api/applications.md says 200: Grape answers a POST with that."""
    confidential = params.get("confidential", "true") in ("true", "1")
    scopes = params["scopes"].split()
    new, secret = caller.state.add_application(
        params["name"], params["redirect_uri"], scopes, confidential=confidential, **owner
    )
    return web.json_response(entities.application(new, secret), status=201)


@ROUTES.post("/api/v4/applications")
async def create(request: web.Request) -> web.Response:
    caller = await caller_of(request)
    caller.must_be_admin()
    return made(caller, checked(await required(request, *ALL)))


@ROUTES.get("/api/v4/applications")
async def index(request: web.Request) -> web.Response:
    """List the applications without an owner: applications_finder.rb."""
    caller = await caller_of(request)
    caller.must_be_admin()
    instance_wide = [item for item in caller.state.applications.values() if item.owner is None]
    return web.json_response([entities.application(item) for item in instance_wide])


async def instance_wide(request: web.Request) -> tuple[Caller, Application]:
    caller = await caller_of(request)
    caller.must_be_admin()
    found = caller.state.applications.get(integer(request.match_info["id"], "id"))
    if not found or found.owner:
        raise not_found("Application")
    return caller, found


@ROUTES.delete("/api/v4/applications/{id}")
async def delete(request: web.Request) -> web.Response:
    caller, found = await instance_wide(request)
    caller.state.delete_application(found)
    return web.Response(status=204)


@ROUTES.post("/api/v4/applications/{id}/renew-secret")
async def renew_secret(request: web.Request) -> web.Response:
    must_have(request, 16, 11)
    _, found = await instance_wide(request)
    return web.json_response(entities.application(found, found.renew_secret()), status=201)


@ROUTES.post("/api/v4/user/applications")
async def create_own(request: web.Request) -> web.Response:
    must_have(request, 19, 0)
    caller = await caller_of(request)
    owner = caller.person
    return made(caller, checked(await required(request, *ALL)), owner=owner)


@ROUTES.get("/api/v4/user/applications")
async def own_index(request: web.Request) -> web.Response:
    must_have(request, 19, 0)
    caller = await caller_of(request)
    owner = caller.person
    return paginated(
        request, [item for item in caller.state.applications.values() if item.owner is owner], entities.application
    )


async def own(request: web.Request) -> tuple[Caller, Application]:
    """Raises APIError unless the caller is the owner or an administrator (oauth_application_policy.rb)."""
    must_have(request, 19, 0)
    caller = await caller_of(request)
    caller.must_be_known()
    found = caller.state.applications.get(integer(request.match_info["id"], "id"))
    if not found:
        raise not_found("Application")
    if found.owner is not caller.user and not caller.is_admin:
        raise forbidden()
    return caller, found


@ROUTES.get("/api/v4/user/applications/{id}")
async def show_own(request: web.Request) -> web.Response:
    return web.json_response(entities.application((await own(request))[1]))


@ROUTES.delete("/api/v4/user/applications/{id}")
async def delete_own(request: web.Request) -> web.Response:
    caller, found = await own(request)
    caller.state.delete_application(found)
    return web.Response(status=204)


@ROUTES.put("/api/v4/user/applications/{id}")
async def update_own(request: web.Request) -> web.Response:
    """Change name and scopes; the endpoint declares no other parameters, and ignores them."""
    _, found = await own(request)
    given = await params_of(request)
    params = checked({name: given[name] for name in ("name", "scopes") if name in given})
    found.name = params.get("name", found.name)
    found.scopes = params["scopes"].split() if "scopes" in params else found.scopes
    return web.json_response(entities.application(found))

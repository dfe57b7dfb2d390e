"""Signing in and out on GitLab's own page, as in app/controllers/sessions_controller.rb and devise."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from aiohttp import web

from tests.standins.gitlab import pages
from tests.standins.gitlab.model import Session, User
from tests.standins.gitlab.web import params_of, state_of

COOKIE = "_gitlab_session"  # config/initializers/session_store.rb
INVALID = "Invalid login or password."  # devise.failure.invalid, with devise's authentication key `login`
INACTIVE = {
    "blocked_pending_approval": "Your account is pending approval from your GitLab administrator and hence blocked. "
    "Please contact your GitLab administrator if you think this is an error.",
    "blocked": "Your account has been blocked. Please contact your GitLab administrator if you think this is an error.",
}
"""User#inactive_message in app/models/user.rb, with its texts in config/locales/devise.en.yml."""
UNAUTHENTICATED = "You need to sign in or sign up before continuing."
ROUTES = web.RouteTableDef()


def session_of(request: web.Request) -> Session:
    """The browser's session, or a new, empty one."""
    return state_of(request).sessions.get(request.cookies.get(COOKIE, ""), Session())


def keep(request: web.Request, session: Session, response: web.Response) -> web.Response:
    """Set this session's cookie; after a sign-in, with a new value."""
    state = state_of(request)
    known = {id(value): key for key, value in state.sessions.items()}
    key = known.get(id(session)) or secrets.token_hex(16)
    state.sessions[key] = session
    secure = state.settings.url.startswith("https:")
    response.set_cookie(COOKIE, key, httponly=True, secure=secure, samesite="Lax", path=_root(request) or "/")
    return response


def _root(request: web.Request) -> str:
    """The path of this GitLab, "" or such as /gitlab: Rails' relative_url_root."""
    return urlsplit(state_of(request).settings.url).path


def path_of(request: web.Request, path: str) -> str:
    """The address of one of GitLab's own pages, without its host."""
    return _root(request) + path


def to_sign_in(request: web.Request, alert: str = "") -> web.Response:
    """302 to the sign-in page, which redirects back to this request.

    Source: resource_owner_authenticator in config/initializers/doorkeeper.rb.
    """
    session = session_of(request)
    session.return_to, session.alert = request.path_qs, alert
    location = state_of(request).settings.url + "/users/sign_in"
    return keep(request, session, web.Response(status=302, headers={"Location": location}))


def signed_in(request: web.Request) -> User | None:
    """The signed-in user. The session of a blocked user ends: User#active_for_authentication?."""
    session = session_of(request)
    if session.user and (session.user.blocked or session.user.id not in state_of(request).users):
        session.user = None
    return session.user


def csrf_is_right(session: Session, params: dict[str, str]) -> bool:
    """Rails' protect_from_forgery."""
    return secrets.compare_digest(session.csrf, params.get("authenticity_token", ""))


def forged() -> web.Response:
    """public/422.html."""
    return pages.plain_error(422, "The change you requested was rejected", "The change you requested was rejected.")


@ROUTES.get("/")
async def root(request: web.Request) -> web.Response:
    if user := signed_in(request):
        return pages.page("Projects", f"<h1>Projects</h1><p id=user>@{user.username}</p>")
    return to_sign_in(request, UNAUTHENTICATED)


@ROUTES.get("/users/sign_in")
async def new(request: web.Request) -> web.Response:
    if signed_in(request):
        return web.Response(status=302, headers={"Location": state_of(request).settings.url + "/"})
    session = session_of(request)
    shown = pages.sign_in(path_of(request, "/users/sign_in"), session.csrf, session.alert)
    session.alert = ""
    return keep(request, session, shown)


@ROUTES.post("/users/sign_in")
async def create(request: web.Request) -> web.Response:
    """A wrong password or a blocked account shows the form again, with the reason: devise's failure app."""
    session, params = session_of(request), await params_of(request)
    if not csrf_is_right(session, params):
        return forged()
    state = state_of(request)
    user = state.find_user(params.get("user[login]", ""))
    alert = _refusal(user, params.get("user[password]", ""))
    if user is None or alert:
        return keep(request, session, pages.sign_in(path_of(request, "/users/sign_in"), session.csrf, alert))
    if user.state == "deactivated":  # sessions_controller.rb: signing in activates the account again
        user.state = "active"
    user.last_sign_in = state.now()
    response = web.Response(status=302, headers={"Location": session.return_to or state.settings.url + "/"})
    state.sessions.pop(request.cookies.get(COOKIE, ""), None)
    return keep(request, Session(user), response)


def _refusal(user: User | None, password: str) -> str:
    if user is None or not secrets.compare_digest(user.password.encode(), password.encode()):
        return INVALID
    return INACTIVE.get(user.state, INACTIVE["blocked"]) if user.blocked else ""


@ROUTES.route("*", "/users/sign_out")
async def destroy(request: web.Request) -> web.Response:
    state_of(request).sessions.pop(request.cookies.get(COOKIE, ""), None)
    response = web.Response(status=302, headers={"Location": state_of(request).settings.url + "/users/sign_in"})
    response.del_cookie(COOKIE, path=_root(request) or "/")
    return response

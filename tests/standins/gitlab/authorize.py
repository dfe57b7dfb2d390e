"""/oauth/authorize: app/controllers/oauth/authorizations_controller.rb on doorkeeper's."""

from __future__ import annotations

import secrets

from aiohttp import web

from tests.standins.gitlab import pages, sessions
from tests.standins.gitlab.doorkeeper import OAuthError, redirect_matches, scopes_are_valid, with_query
from tests.standins.gitlab.model import DEFAULT_SCOPES, Application, Grant, User
from tests.standins.gitlab.state import State
from tests.standins.gitlab.web import params_of, state_of

FIELDS = ["client_id", "redirect_uri", "state", "response_type", "scope", "nonce", "code_challenge", "code_challenge_method"]
"""The parameters that the consent form passes on: app/views/doorkeeper/authorizations/new.html.haml."""
ROUTES = web.RouteTableDef()


def checked(state: State, params: dict[str, str]) -> tuple[Application, list[str]]:
    """The application and scopes of a request. Raises OAuthError for the first failed check of pre_authorization.rb."""
    if not params.get("client_id"):
        raise OAuthError("invalid_request", missing="client_id")
    if not (application := state.find_application(params["client_id"])):
        raise OAuthError("invalid_client")
    if not redirect_matches(params.get("redirect_uri", ""), application.redirect_uri):
        raise OAuthError("invalid_redirect_uri")
    back = params.get("state", "")
    if not params.get("response_type"):
        raise OAuthError("invalid_request", missing="response_type", state=back)
    if params["response_type"] != "code":  # grant_flows in config/initializers/doorkeeper.rb: no implicit flow
        raise OAuthError("unsupported_response_type", state=back)
    default = [scope for scope in application.scopes or DEFAULT_SCOPES if scope in DEFAULT_SCOPES]
    scopes = params.get("scope", "").split() or default
    if not scopes_are_valid(scopes, application.scopes):
        raise OAuthError("invalid_scope", state=back)
    if params.get("code_challenge") and params.get("code_challenge_method") not in ("plain", "S256"):
        raise OAuthError("invalid_code_challenge_method", state=back)
    return application, scopes


def agreed_before(state: State, application: Application, user: User, scopes: list[str]) -> bool:
    """matching_token?: an unrevoked token, expired or not, for exactly these scopes; confidential applications only."""
    return application.confidential and any(
        token.application is application and token.user is user and not token.revoked and set(token.scopes) == set(scopes)
        for token in state.tokens
    )


def authorized(state: State, application: Application, user: User, scopes: list[str], params: dict[str, str]) -> str:
    """Create a code. Returns the redirect address for the client."""
    challenge = (params.get("code_challenge", ""), params.get("code_challenge_method", ""))
    code = secrets.token_hex(32)
    state.grants[code] = Grant(
        application, user, params["redirect_uri"], scopes, *challenge, params.get("nonce", ""), state.now()
    )
    return with_query(params["redirect_uri"], {"code": code, "state": params.get("state", "")})


def without_a_page(state: State, params: dict[str, str]) -> web.Response | None:
    """The response to `prompt=none` when nobody is signed in: redirect to the client, if its request is valid.

    handle_oidc_error! in doorkeeper-openid_connect's lib/doorkeeper/openid_connect/helpers/controller.rb
    """
    try:
        _, scopes = checked(state, params)
    except OAuthError:
        return None
    if "openid" not in scopes or params.get("prompt") != "none":
        return None
    error = {"error": "login_required", "error_description": "The authorization server requires end-user authentication"}
    location = with_query(params["redirect_uri"], {**error, "state": params.get("state", "")})
    return web.Response(status=302, headers={"Location": location})


@ROUTES.get("/oauth/authorize")
async def new(request: web.Request) -> web.Response:
    """Check the session first, then the request: the error for an unknown client appears only after sign-in.

    An error is always a page here, with the status 200; nothing goes back to the client.
    """
    state, params = state_of(request), await params_of(request)
    if not (user := sessions.signed_in(request)):
        back = without_a_page(state, params)
        return sessions.to_sign_in(request) if back is None else back
    try:
        application, scopes = checked(state, params)
    except OAuthError as error:
        return pages.oauth_error(error.description)
    if application.trusted or agreed_before(state, application, user, scopes):
        return pages.redirecting(authorized(state, application, user, scopes, params))
    fields = {name: params.get(name, "") for name in FIELDS}
    action, csrf = sessions.path_of(request, "/oauth/authorize"), sessions.session_of(request).csrf
    return pages.consent(action, csrf, application.name, user.username, scopes, fields)


@ROUTES.post("/oauth/authorize")
async def create(request: web.Request) -> web.Response:
    """Authorize, or, with `_method=delete`, Deny."""
    state, params = state_of(request), await params_of(request)
    if not sessions.csrf_is_right(sessions.session_of(request), params):
        return sessions.forged()
    if not (user := sessions.signed_in(request)):
        return sessions.to_sign_in(request)
    try:
        application, scopes = checked(state, params)
        if params.get("_method") == "delete":
            raise OAuthError("access_denied", state=params.get("state", ""))
    except OAuthError as error:
        if not error.goes_back:
            return error.response()
        location = with_query(params["redirect_uri"], error.body)
    else:
        location = authorized(state, application, user, scopes, params)
    return web.Response(status=302, headers={"Location": location})

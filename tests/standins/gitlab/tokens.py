"""/oauth/token and related endpoints: doorkeeper's tokens_controller.rb and GitLab's app/controllers/oauth/*."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from aiohttp import web

from tests.standins.gitlab import openid
from tests.standins.gitlab.doorkeeper import OAuthError, redirect_matches, scopes_are_valid
from tests.standins.gitlab.model import DEFAULT_SCOPES, AccessToken, Application, Grant
from tests.standins.gitlab.state import State
from tests.standins.gitlab.web import bearer_of, params_of, server_error, state_of

ROUTES = web.RouteTableDef()


@ROUTES.post("/oauth/token")
async def create(request: web.Request) -> web.Response:
    state, params = state_of(request), await params_of(request)
    kinds = {"authorization_code": _from_code, "refresh_token": _from_refresh_token, "client_credentials": _for_client}
    try:
        if not params.get("grant_type"):
            raise OAuthError("invalid_request", missing="grant_type")
        if not (kind := kinds.get(params["grant_type"])):
            raise OAuthError("unsupported_grant_type")
        token = kind(state, credentials_of(request, params), params)
    except OAuthError as error:
        return error.response()
    return _issued(request, state, token)


def _issued(request: web.Request, state: State, token: AccessToken) -> web.Response:
    """token_response.rb, with an id_token where the scope openid is: oauth/token_response.rb of doorkeeper-openid_connect.

    An id_token cannot be made for somebody who is blocked: the request fails, after the new token was made.
    """
    body = {
        "access_token": token.value,
        "token_type": "Bearer",
        "expires_in": state.expires_in(token),
        "refresh_token": token.refresh_value,
        "scope": " ".join(token.scopes),
        "created_at": int(token.created_at),
    }
    if "openid" in token.scopes:
        if token.user is None or token.user.state != "active":
            return server_error(request)
        body["id_token"] = openid.id_token(state, token)
    headers = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}
    return web.json_response({name: value for name, value in body.items() if value != ""}, headers=headers)


def credentials_of(request: web.Request, params: dict[str, str]) -> tuple[str, str]:
    """The client's id and secret, from the header or the body: client/credentials.rb."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            uid, _, secret = base64.b64decode(value).decode().partition(":")
            return uid, secret
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
    return params.get("client_id", ""), params.get("client_secret", "")


def client_of(state: State, credentials: tuple[str, str]) -> Application | None:
    """The application with these credentials."""
    application = state.find_application(credentials[0])
    return application if application and application.accepts(credentials[1]) else None


def _from_code(state: State, credentials: tuple[str, str], params: dict[str, str]) -> AccessToken:
    """The checks of authorization_code_request.rb, in its order."""
    if not params.get("code"):
        raise OAuthError("invalid_request", missing="code")
    grant, client = state.grants.get(params["code"]), client_of(state, credentials)
    if grant and grant.code_challenge and not params.get("code_verifier"):
        raise OAuthError("invalid_request", missing="code_verifier")
    if not params.get("redirect_uri"):
        raise OAuthError("invalid_request", missing="redirect_uri")
    if not client:
        raise OAuthError("invalid_client")
    if not grant or grant.application is not client or not state.is_good(grant):
        raise OAuthError("invalid_grant")
    if not redirect_matches(params["redirect_uri"], grant.redirect_uri) or not _is_verified(grant, params):
        raise OAuthError("invalid_grant")
    grant.revoked = True
    token = state.add_access_token(client, grant.user, grant.scopes, state.settings.token_lifetime, refreshable=True)
    token.nonce = grant.nonce
    return token


def _is_verified(grant: Grant, params: dict[str, str]) -> bool:
    """PKCE: generate_code_challenge in doorkeeper's access_grant_mixin.rb; doc/api/oauth2.md."""
    verifier = params.get("code_verifier", "")
    if not verifier:
        return not grant.code_challenge
    if grant.code_challenge_method == "S256":
        verifier = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return bool(grant.code_challenge_method) and grant.code_challenge == verifier


def _from_refresh_token(state: State, credentials: tuple[str, str], params: dict[str, str]) -> AccessToken:
    """The checks of refresh_token_request.rb, in its order. It does not check whether the person is blocked.

    Both old tokens are void from now on: doc/api/oauth2.md.
    """
    old = state.find_refresh_token(params.get("refresh_token", ""))
    if not params.get("refresh_token"):
        raise OAuthError("invalid_request", missing="refresh_token")
    if not old or old.revoked:
        raise OAuthError("invalid_grant")
    client = client_of(state, credentials)
    if credentials[0] and not client:
        raise OAuthError("invalid_client")
    if old.application is not client:
        raise OAuthError("invalid_grant")
    scopes = (params.get("scope") or params.get("scopes", "")).split()
    if scopes and not scopes_are_valid(scopes, old.scopes):
        raise OAuthError("invalid_scope")
    old.revoked = True
    return state.add_access_token(client, old.user, scopes or old.scopes, old.lifetime, refreshable=True)


def _for_client(state: State, credentials: tuple[str, str], params: dict[str, str]) -> AccessToken:
    """client_credentials/validator.rb; without a scope parameter, `api` if the application has it: base_request.rb."""
    if not (client := client_of(state, credentials)):
        raise OAuthError("invalid_client")
    scopes = params.get("scope", "").split() or [scope for scope in DEFAULT_SCOPES if scope in client.scopes]
    if not scopes_are_valid(scopes, client.scopes):
        raise OAuthError("invalid_scope")
    return state.add_access_token(client, None, scopes, state.settings.token_lifetime, refreshable=False)


@ROUTES.get("/oauth/token/info")
async def info(request: web.Request) -> web.Response:
    """app/controllers/oauth/token_info_controller.rb; doc/api/oauth2.md, 'Retrieve the token information'."""
    state, token = state_of(request), state_of(request).find_access_token(bearer_of(request, await params_of(request)))
    if not token or not state.is_good(token):
        return OAuthError("invalid_request").response()
    left = state.expires_in(token)
    body: dict[str, Any] = {
        "resource_owner_id": token.user.id if token.user else None,
        "scope": token.scopes,
        "expires_in": left,
        "application": {"uid": token.application.uid},
        "created_at": int(token.created_at),
        "scopes": token.scopes,
        "expires_in_seconds": left,
    }
    return web.json_response(body)


@ROUTES.post("/oauth/revoke")
async def revoke(request: web.Request) -> web.Response:
    """tokens_controller.rb#revoke: {} even for an invalid or unknown token; only its own client may revoke it.

    GitLab's own check of the client, before, is off while the setting ropc_without_client_credentials is on, its default.
    """
    state, params = state_of(request), await params_of(request)
    value = params.get("token", "")
    token = state.find_access_token(value) or state.find_refresh_token(value)
    if not token:
        return web.json_response({})
    if client_of(state, credentials_of(request, params)) is not token.application:
        return web.json_response(
            {"error": "unauthorized_client", "error_description": "You are not authorized to revoke this token"}, status=403
        )
    token.revoked = token.revoked or token.refresh_value == value or not state.is_expired(token)
    return web.json_response({})

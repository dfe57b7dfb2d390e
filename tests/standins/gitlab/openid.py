"""OpenID Connect: config/initializers/doorkeeper_openid_connect.rb; doc/integration/openid_connect_provider.md."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.standins.gitlab.doorkeeper import error_response
from tests.standins.gitlab.model import DEVELOPER, MAINTAINER, OWNER, SCOPES, AccessToken, User
from tests.standins.gitlab.state import State
from tests.standins.gitlab.web import bearer_of, params_of, server_error, state_of

KEY_ID = "stand-in"
ID_TOKEN_SECONDS = 120  # doorkeeper-openid_connect's default `expiration`
ROUTES = web.RouteTableDef()


@cache
def signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@ROUTES.route("GET", "/oauth/userinfo")
@ROUTES.route("POST", "/oauth/userinfo")
async def userinfo(request: web.Request) -> web.Response:
    """The token's subject.

    `User.active.find_by` does not find an inactive user, and doorkeeper-openid_connect, up to 1.9, then reads the name
    of nil: the response is a 500. (Its next version answers 401 'invalid_token'.) For the errors:
    invalid_token_response.rb and forbidden_token_response.rb, whose bodies are empty: doorkeeper_render_error_with.
    """
    state, token = state_of(request), state_of(request).find_access_token(bearer_of(request, await params_of(request)))
    if not token or not state.is_good(token):
        reason = "was revoked" if token and token.revoked else "expired" if token else "is invalid"
        return _without_body(error_response("invalid_token", f"The access token {reason}", 401))
    if "openid" not in token.scopes:
        return _without_body(error_response("insufficient_scope", 'Access to this resource requires scope "openid".', 403))
    if token.user is None or token.user.state != "active":
        return server_error(request)
    return web.json_response(
        _present({"sub": str(token.user.id), **_claims(state, token), **_more_claims(state, token.user)})
    )


def _without_body(response: web.Response) -> web.Response:
    headers = {name: response.headers[name] for name in ("Cache-Control", "WWW-Authenticate")}
    return web.Response(status=response.status, headers=headers)


def _claims(state: State, token: AccessToken) -> dict[str, Any]:
    """The claims that are in both id_token and userinfo."""
    user = token.user
    assert user is not None
    if "email" in token.scopes:
        email = {"email": user.email, "email_verified": True}
    else:  # the public address, if there is one
        email = {"email": user.public_email, "email_verified": True if user.public_email else None}
    return {"sub_legacy": hashlib.sha256(f"{user.id}-stand-in".encode()).hexdigest(), **email}


def _more_claims(state: State, user: User) -> dict[str, Any]:
    """The claims that only userinfo has. `groups` includes memberships through a parent group; the lists
    by level have direct memberships with exactly that level: has_many :owned_groups and so on in app/models/user.rb."""
    by_level = {"owner": OWNER, "maintainer": MAINTAINER, "developer": DEVELOPER}
    return {
        "name": user.name,
        "nickname": user.username,
        "preferred_username": user.username,
        "profile": f"{state.settings.url}/{user.username}",
        "picture": f"{state.settings.url}/assets/no_avatar.png",
        "groups": [group.full_path for group in state.groups_of(user)],
        **{
            f"https://gitlab.org/claims/groups/{name}": [group.full_path for group in state.direct_groups(user, [level])]
            or None
            for name, level in by_level.items()
        },
    }


def _present(claims: dict[str, Any]) -> dict[str, Any]:
    """UserInfo#as_json and IdToken#as_json leave out what is nil or ''."""
    return {name: value for name, value in claims.items() if value is not None and value != ""}


def id_token(state: State, token: AccessToken) -> str:
    """id_token.rb: a JWT, RS256, valid for two minutes."""
    assert token.user is not None
    now = int(state.now())
    claims = {
        "iss": state.settings.url,
        "sub": str(token.user.id),
        "aud": token.application.uid,
        "exp": now + ID_TOKEN_SECONDS,
        "iat": now,
        "nonce": token.nonce,
        "auth_time": int(token.user.last_sign_in) or None,
        **_claims(state, token),
        "groups_direct": [group.full_path for group in state.direct_groups(token.user)],
    }
    return jwt.encode(_present(claims), signing_key(), algorithm="RS256", headers={"kid": KEY_ID})


@ROUTES.get("/oauth/discovery/keys")
async def keys(request: web.Request) -> web.Response:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key().public_key()))
    return web.json_response({"keys": [{**public, "kid": KEY_ID, "use": "sig", "alg": "RS256"}]})


@ROUTES.get("/.well-known/openid-configuration")
async def provider(request: web.Request) -> web.Response:
    """discovery_controller.rb."""
    url = state_of(request).settings.url
    claims = ["sub_legacy", "name", "nickname", "preferred_username", "email", "email_verified", "website", "profile"]
    by_level = [f"https://gitlab.org/claims/groups/{name}" for name in ("owner", "maintainer", "developer")]
    body = {
        "issuer": url,
        "authorization_endpoint": f"{url}/oauth/authorize",
        "token_endpoint": f"{url}/oauth/token",
        "revocation_endpoint": f"{url}/oauth/revoke",
        "userinfo_endpoint": f"{url}/oauth/userinfo",
        "jwks_uri": f"{url}/oauth/discovery/keys",
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claim_types_supported": ["normal"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", *claims, "picture", "groups", "groups_direct", *by_level],
        "code_challenge_methods_supported": ["plain", "S256"],
    }
    return web.json_response(body)

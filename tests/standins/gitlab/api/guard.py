"""Who may call the API: lib/api/api_guard.rb, lib/gitlab/auth/auth_finders.rb, lib/api/helpers.rb."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aiohttp import web

from tests.standins.gitlab.model import AccessToken, PersonalToken, User
from tests.standins.gitlab.state import State
from tests.standins.gitlab.web import bearer_of, params_of, state_of

INSUFFICIENT = "The request requires higher privileges than provided by the access token."
DENIED = {
    "blocked_pending_approval": "Your account is pending approval from your administrator and hence blocked.",
    "deactivated": "Your account has been deactivated by your administrator. "
    "Please log back in from a web browser to reactivate your account at {url}",
    "blocked": "Your account has been blocked.",
}
"""lib/gitlab/auth/user_access_denied_reason.rb."""
READ_USER, GROUPS = ["read_user"], ["ai_workflows"]
"""allow_access_with_scope in lib/api/{users,metadata}.rb and in lib/api/groups.rb; for reading only."""
ANY = ["any"]
"""Instead of scopes: the endpoint accepts every token."""


class APIError(web.HTTPException):
    """An error response. The body: {"message": …} by render_api_error!, {"error": …} by Grape."""

    def __init__(self, status: int, body: dict[str, object], headers: dict[str, str] | None = None) -> None:
        self.status_code = status
        super().__init__(text=json.dumps(body), content_type="application/json", headers=headers)


def failure(status: int, message: object) -> APIError:
    return APIError(status, {"message": message})


def unauthorized() -> APIError:
    return failure(401, "401 Unauthorized")


def forbidden(reason: str = "") -> APIError:
    return failure(403, f"403 Forbidden - {reason}" if reason else "403 Forbidden")


def not_found(what: str) -> APIError:
    return failure(404, f"404 {what} Not Found")


def no_such_endpoint() -> APIError:
    """The last route of lib/api/api.rb."""
    return APIError(404, {"error": "404 Not Found"})


@dataclass(frozen=True)
class Caller:
    """The caller and their token. `user` is None for a request without a token."""

    state: State
    user: User | None = None
    token: AccessToken | PersonalToken | None = None

    @property
    def person(self) -> User:
        """Raises APIError without a user."""
        self.must_be_known()
        assert self.user is not None
        return self.user

    @property
    def is_admin(self) -> bool:
        """Whether the caller may do and read everything. With Admin Mode on, the token must have the scope admin_mode:
        bypass_session_for_admin_mode? in lib/api/api_guard.rb."""
        if self.user is None or self.token is None or not self.user.admin:
            return False
        return not self.state.settings.admin_mode or "admin_mode" in self.token.scopes

    def must_be_known(self) -> None:
        """Raises APIError without a user: authenticate!."""
        if self.user is None:
            raise unauthorized()

    def must_be_admin(self) -> None:
        """Raises APIError unless the user is an administrator: authenticated_as_admin!."""
        self.must_be_known()
        if not self.is_admin:
            raise forbidden()


async def caller_of(request: web.Request, reading: list[str] | None = None) -> Caller:
    """The caller. Raises APIError for an invalid token, and for one without a scope for this endpoint: `api`,
    and for GET and HEAD `read_api` and those in `reading`."""
    state, params = state_of(request), await params_of(request)
    token = _token(request, state, params)
    if token is None:
        return Caller(state)
    if token.user is None:  # an application's own token: `access_token.user || raise(UnauthorizedError)`
        _must_be_good(state, token)
        raise unauthorized()
    _must_be_good(state, token)
    if token.user.state != "active":
        reason = DENIED.get(token.user.state, DENIED["blocked"])
        raise forbidden(reason.format(url=state.settings.url))
    if reading is not ANY:
        _must_open(token, request.method, reading or [])
    return Caller(state, token.user, token)


def _token(request: web.Request, state: State, params: dict[str, str]) -> AccessToken | PersonalToken | None:
    """An OAuth token, or a personal one in any place that GitLab accepts: access_token in auth_finders.rb."""
    bearer = bearer_of(request, params)
    if bearer and (found := state.find_access_token(bearer)):
        return found
    value = params.get("private_token") or request.headers.get("PRIVATE-TOKEN") or bearer
    if not value:
        return None
    personal = next((token for token in state.personal_tokens if token.value == value), None)
    if personal is None:
        raise unauthorized()
    return personal


def _must_be_good(state: State, token: AccessToken | PersonalToken) -> None:
    """AccessTokenValidationService, and the bodies of oauth2_bearer_token_error_handler."""
    if state.is_expired(token):
        raise _invalid_token("Token is expired. You can either do re-authorization or token refresh.")
    if token.revoked:
        raise _invalid_token("Token was revoked. You have to re-authorize from the user.")


def _invalid_token(description: str) -> APIError:
    challenge = f'Bearer realm="Protected by OAuth 2.0", error="invalid_token", error_description="{description}"'
    body: dict[str, object] = {"error": "invalid_token", "error_description": description}
    return APIError(401, body, {"WWW-Authenticate": challenge})


def _must_open(token: AccessToken | PersonalToken, method: str, reading: list[str]) -> None:
    """The scopes of the endpoint, then those of the whole API: scopes_registered_for_endpoint."""
    open_with = ["api", *(["read_api", *reading] if method in ("GET", "HEAD") else [])]
    if not set(open_with) & set(token.scopes):
        scope = " ".join([*reading, "api", "read_api"])
        raise APIError(403, {"error": "insufficient_scope", "error_description": INSUFFICIENT, "scope": scope})


async def required(request: web.Request, *names: str) -> dict[str, str]:
    """The parameters, which must include these. Raises APIError with Grape's text."""
    params = await params_of(request)
    missing = [f"{name} is missing" for name in names if name not in params]
    if missing:
        raise APIError(400, {"error": ", ".join(missing)})
    return params


def integer(text: str, name: str) -> int:
    """A parameter of the type Integer. Raises APIError with Grape's text."""
    try:
        return int(text)
    except ValueError:
        raise APIError(400, {"error": f"{name} is invalid"}) from None

"""OAuth's errors and checks, as in doorkeeper 5.9, which GitLab uses for OAuth."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from tests.standins.gitlab.model import SCOPES

DESCRIPTIONS = {
    "invalid_request": "The request is missing a required parameter, includes an unsupported parameter value, "
    "or is otherwise malformed.",
    "invalid_redirect_uri": "The redirect URI included is not valid.",
    "unauthorized_client": "The client is not authorized to perform this request using this method.",
    "access_denied": "The resource owner or authorization server denied the request.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
    "invalid_code_challenge_method": "The code_challenge_method must be one of plain, S256.",
    "unsupported_response_type": "The authorization server does not support this response type.",
    "invalid_client": "Client authentication failed due to unknown client, no client authentication included, "
    "or unsupported authentication method.",
    "invalid_grant": "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI "
    "used in the authorization request, or was issued to another client.",
    "unsupported_grant_type": "The authorization grant type is not supported by the authorization server.",
}
"""config/locales/doorkeeper.en.yml: GitLab's own, then doorkeeper's."""
SHOWN_ONLY = {"invalid_redirect_uri", "invalid_client", "unauthorized_client"}
"""NON_REDIRECTABLE_STATES of error_response.rb: there is no trusted address to redirect to."""


@dataclass
class OAuthError(Exception):
    """An error of the authorization or the token endpoint: error_response.rb and invalid_request_response.rb."""

    name: str
    missing: str = ""
    """The parameter that is missing in an invalid_request."""
    state: str = ""

    @property
    def description(self) -> str:
        return f"Missing required parameter: {self.missing}." if self.missing else DESCRIPTIONS[self.name]

    @property
    def body(self) -> dict[str, str]:
        return {"error": self.name, "error_description": self.description, **({"state": self.state} if self.state else {})}

    @property
    def goes_back(self) -> bool:
        """Whether the error goes back to the client, and not only to the person."""
        return self.name not in SHOWN_ONLY and self.missing != "client_id"

    def response(self) -> web.Response:
        """The token endpoint's response."""
        status = 401 if self.name in ("invalid_client", "unauthorized_client") else 400
        return error_response(self.name, self.description, status)


def error_response(name: str, description: str, status: int) -> web.Response:
    """A JSON response with the headers of error_response.rb."""
    challenge = f'Bearer realm="Doorkeeper", error="{name}", error_description="{description}"'
    headers = {"Cache-Control": "no-store, no-cache", "WWW-Authenticate": challenge}
    return web.json_response({"error": name, "error_description": description}, status=status, headers=headers)


def redirect_matches(address: str, registered: str) -> bool:
    """Whether an address is one of the registered ones, in all its parts: Helpers::URIChecker.

    Two things may differ: the order of the query's parameters and, for a loopback address, the port (RFC 8252, 7.3).
    """
    try:
        return _is_usable(address) and any(_parts(address) == _parts(item) for item in registered.split())
    except ValueError:
        return False


def _is_usable(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme) and parts.scheme != "localhost" and bool(parts.netloc) and "#" not in address


def _parts(address: str) -> tuple[object, ...]:
    parts = urlsplit(address)
    port = None if _is_loopback(parts.hostname or "") else parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    user = parts.netloc.rpartition("@")[0]
    return parts.scheme, user, parts.hostname, port, parts.path, sorted(parts.query.split("&"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, even localhost
        return False


def scopes_are_valid(wanted: list[str], of_application: list[str]) -> bool:
    """ScopeChecker: scopes are requested, and all are the application's or, if it has none, GitLab's."""
    return bool(wanted) and set(wanted) <= set(of_application or SCOPES)


def with_query(address: str, more: dict[str, str]) -> str:
    """An address with parameters added: URIBuilder.uri_with_query."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {name: value for name, value in more.items() if value}
    return urlunsplit(parts._replace(query=urlencode(query)))

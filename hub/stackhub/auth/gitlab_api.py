"""The hub's calls to GitLab: OAuth tokens, and the person that a token belongs to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPClientError

from stackhub.auth.membership import Person, access_levels

TIMEOUT = 20
"""Seconds."""

RENEWAL_TIMEOUT = 120
"""Seconds. Long, because GitLab revokes the old token even if we never read the answer with the new one."""

LIFETIME = 7200
"""Seconds that a token is valid if GitLab's answer doesn't say: https://docs.gitlab.com/api/oauth2/"""


class Unavailable(Exception):  # noqa: N818 (a state, not a mistake)
    """GitLab is down, slow or rate-limiting, or something else answered. This says nothing about the person."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class TokenRefusedError(Exception):
    """GitLab rejects this token: it is invalid, expired or revoked."""


class BlockedError(Exception):
    """GitLab accepts the token but denies access to its owner."""


class ApplicationRefusedError(Exception):
    """GitLab rejects this hub's OAuth application: its id, secret, callback URL or scopes."""


@dataclass(frozen=True)
class Token:
    """An access token with its refresh token. `expires`: seconds since 1970; `client_id`: its application."""

    access_token: str
    refresh_token: str
    expires: float
    client_id: str

    def __repr__(self) -> str:
        return f"Token(expires={self.expires})"

    def stored(self) -> dict[str, Any]:
        """The form in JupyterHub's encrypted auth_state."""
        return asdict(self)


class GitLab:
    """A GitLab server. `fetch` is oauthenticator's `httpfetch`.

    Every method raises Unavailable if GitLab gives no usable answer.
    """

    def __init__(self, url: str, client_id: str, client_secret: str, fetch: Callable[..., Awaitable[Any]]) -> None:
        self._url = url
        self.client_id = client_id
        self._client_secret = client_secret
        self._fetch = fetch

    async def token(self, parameters: Mapping[str, str]) -> Token:
        """Exchange an authorization code. Raises TokenRefusedError or ApplicationRefusedError."""
        return await self._token({"grant_type": "authorization_code", **parameters}, TIMEOUT)

    async def renewed(self, token: Token, redirect_uri: str) -> Token:
        """Refresh a token; this revokes the old one. Raises TokenRefusedError or ApplicationRefusedError."""
        grant = {"grant_type": "refresh_token", "refresh_token": token.refresh_token, "redirect_uri": redirect_uri}
        try:
            return await self._token(grant, RENEWAL_TIMEOUT)
        except TokenRefusedError:
            await self._check_application(redirect_uri)
            raise

    async def _check_application(self, redirect_uri: str) -> None:
        """Raises ApplicationRefusedError if GitLab rejects the application itself, and with it all of its tokens."""
        with contextlib.suppress(TokenRefusedError):
            await self.token({"code": "none", "redirect_uri": redirect_uri, "code_verifier": "none"})

    async def person(self, token: Token) -> Person:
        """The owner of a token, with their groups. Always two calls, however many groups there are.

        `/oauth/userinfo` lists the groups. Only `/user` says whether somebody is blocked.
        Raises TokenRefusedError or BlockedError.
        """
        calls = (self._api("/api/v4/user", token), self._api("/oauth/userinfo", token))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        user, claims = (answer for answer in answers if isinstance(answer, dict))
        try:
            groups = access_levels(claims)
            return Person(int(user["id"]), str(user["username"]), str(user["name"]), str(user.get("email") or ""), groups)
        except (KeyError, TypeError, ValueError):
            raise Unavailable(f"{self._url}/api/v4/user answered without a user.") from None

    async def _token(self, form: Mapping[str, str], seconds: float) -> Token:
        form = {**form, "client_id": self.client_id, "client_secret": self._client_secret}
        status, answer = await self._call("POST", "/oauth/token", seconds, body=urlencode(form))
        if status >= 400:
            reason = str(answer.get("error_description") or answer.get("error") or status)
            raise TokenRefusedError(reason) if answer.get("error") == "invalid_grant" else ApplicationRefusedError(reason)
        try:
            expires = time.time() + float(answer.get("expires_in") or LIFETIME)  # by our clock: GitLab's may differ
            return Token(str(answer["access_token"]), str(answer.get("refresh_token", "")), expires, self.client_id)
        except (KeyError, TypeError, ValueError):
            raise Unavailable(f"{self._url}/oauth/token answered without a token.") from None

    async def _api(self, path: str, token: Token) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token.access_token}"}
        status, answer = await self._call("GET", path, TIMEOUT, headers=headers)
        if status == 401 or answer.get("error") == "insufficient_scope":
            raise TokenRefusedError(str(answer.get("error_description") or answer.get("message") or status))
        if status == 403:
            raise BlockedError(str(answer.get("message", "403")).removeprefix("403 Forbidden").strip(" -"))
        if status >= 400:
            raise Unavailable(f"{self._url}{path} answered {status}.")
        return answer

    async def _call(self, method: str, path: str, seconds: float, **arguments: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Accept": "application/json", "User-Agent": "JupyterHub", **arguments.pop("headers", {})}
        limits = {"connect_timeout": 10, "request_timeout": seconds, "follow_redirects": False}
        url = self._url + path
        try:
            response = await self._fetch(
                url, method=method, headers=headers, parse_json=False, raise_error=False, **limits, **arguments
            )
        except (OSError, HTTPClientError) as error:  # HTTPClientError: the connection was cut off
            raise Unavailable(f"{url} cannot be reached: {error}") from error
        if response.code == 599:  # tornado's code for no answer
            raise Unavailable(f"{url} cannot be reached: {response.error}")
        if response.code == 429:
            raise Unavailable(f"{url} is rate-limiting this server.", _seconds(response.headers.get("Retry-After", "")))
        if response.code >= 500 or 300 <= response.code < 400:
            raise Unavailable(f"{url} answered {response.code}.", _seconds(response.headers.get("Retry-After", "")))
        try:
            answer = json.loads(response.body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unavailable(f"{url} answered {response.code}, but not with JSON.")
        return response.code, answer


def _seconds(retry_after: str) -> int | None:
    """Retry-After in seconds; None if it is missing or a date."""
    return min(int(retry_after), 3600) if retry_after.isdigit() else None

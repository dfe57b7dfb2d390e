"""What GitLab's OAuth endpoints reveal about an application without anyone signing in.

https://docs.gitlab.com/api/oauth2/
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any
from urllib.parse import urljoin, urlsplit

from pydantic import SecretStr

from stackctl.errors import StackError
from stackctl.gitlab.session import GitLabSession

SIGN_IN = "/users/sign_in"


class Verification(Enum):
    """GitLab's verdict on an application's id, secret and scopes."""

    VALID = "GitLab accepts the id, the secret and the scopes"
    WRONG_SECRET = "GitLab does not know the id, or the secret is not valid"
    WRONG_SCOPES = "the application lacks a scope"


def verify(session: GitLabSession, client_id: str, secret: SecretStr, scopes: Sequence[str]) -> Verification:
    """Verify an application by requesting a token with its client credentials, and revoke that token.

    It does not request `openid`: GitLab would need a user for the id token and answers 500
    (doorkeeper-openid_connect, oauth/token_response.rb); `accepts` covers that scope. Where GitLab has this grant switched
    off, a made-up authorization code shows whether the secret is right; the scopes stay unverified.

    Raises StackError when GitLab gives no verdict.
    """
    client = {"client_id": client_id, "client_secret": secret.get_secret_value()}
    requested = " ".join(scope for scope in scopes if scope != "openid")
    answer = _token(session, grant_type="client_credentials", scope=requested, **client)
    if token := answer.get("access_token"):
        session.call("POST", "/oauth/revoke", data={"token": token} | client)
        return Verification.VALID
    verdicts = {"invalid_client": Verification.WRONG_SECRET, "invalid_scope": Verification.WRONG_SCOPES}
    if answer.get("error") not in verdicts:
        answer = _token(session, grant_type="authorization_code", code="none", redirect_uri=session.url, **client)
        verdicts = {"invalid_client": Verification.WRONG_SECRET, "invalid_grant": Verification.VALID}
    if verdict := verdicts.get(answer.get("error", "")):
        return verdict
    reason = answer.get("error_description") or answer.get("error") or "it gives no reason"
    raise StackError(f"GitLab does not say whether the secret is right: {reason}", "Check that GITLAB_URL is a GitLab.")


def accepts(session: GitLabSession, client_id: str, callback: str, scopes: Sequence[str]) -> bool:
    """Whether GitLab would redirect people who sign in to `callback`, with `scopes`.

    A request with prompt=none must not show a page. If client, callback and scopes are right, GitLab redirects it to the
    callback with the error login_required; otherwise it shows a page, as it does to a browser.
    https://openid.net/specs/openid-connect-core-1_0.html#AuthError
    """
    answer = session.visit("/oauth/authorize", **_request(client_id, callback, scopes), prompt="none")
    target = answer.headers.get("Location", "")
    return target.startswith(f"{callback}?") and "error=login_required" in target


def own_address(session: GitLabSession, client_id: str, callback: str, scopes: Sequence[str]) -> str:
    """GitLab's address in its own configuration (external_url), from its redirect to the sign-in page; "" if unknown."""
    answer = session.visit("/oauth/authorize", **_request(client_id, callback, scopes))
    target = urlsplit(urljoin(answer.url, answer.headers.get("Location", "")))
    if not answer.is_redirect or not target.path.endswith(SIGN_IN):
        return ""
    return f"{target.scheme}://{target.netloc}{target.path.removesuffix(SIGN_IN)}"


def _token(session: GitLabSession, **form: str) -> dict[str, Any]:
    """The token endpoint's answer: a token, or `error` and `error_description` (RFC 6749, 5.2)."""
    return dict(session.call("POST", "/oauth/token", data=form).json())


def _request(client_id: str, callback: str, scopes: Sequence[str]) -> dict[str, str]:
    return {
        "client_id": client_id,
        "redirect_uri": callback,
        "response_type": "code",
        "scope": " ".join(scopes),
        "state": "check",
    }

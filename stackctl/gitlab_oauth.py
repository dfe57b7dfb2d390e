"""What GitLab's OAuth says of an application, as far as it says it without a person.

https://docs.gitlab.com/api/oauth2/
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from urllib.parse import urljoin, urlsplit

from pydantic import SecretStr

from stackctl.errors import StackError
from stackctl.gitlab_session import GitLabSession

SIGN_IN = "/users/sign_in"


class Proof(Enum):
    """What GitLab says of an application's id, secret and scopes."""

    PROVEN = "GitLab takes the id, the secret and the scopes"
    WRONG_SECRET = "GitLab does not know the id, or the secret is not in force"
    WRONG_SCOPES = "the application lacks a scope"


def prove(session: GitLabSession, client_id: str, secret: SecretStr, scopes: Sequence[str]) -> Proof:
    """Ask for a token that the application would have for itself, and give it back.

    `openid` is not asked for: with it GitLab wants to say whose token it is, which nobody's is, and answers 500
    (doorkeeper-openid_connect, oauth/token_response.rb). See `accepts` for that scope. Where GitLab gives no such tokens,
    a code that nobody issued tells whether the secret is right, and the scopes are taken on trust.

    Raises StackError when GitLab does not say.
    """
    client = {"client_id": client_id, "client_secret": secret.get_secret_value()}
    wanted = " ".join(scope for scope in scopes if scope != "openid")
    body = session.request(
        "POST", "/oauth/token", data={"grant_type": "client_credentials", "scope": wanted} | client
    ).json()
    if token := body.get("access_token"):
        session.request("POST", "/oauth/revoke", data={"token": token} | client)
        return Proof.PROVEN
    if found := {"invalid_client": Proof.WRONG_SECRET, "invalid_scope": Proof.WRONG_SCOPES}.get(body.get("error")):
        return found
    made_up = {"grant_type": "authorization_code", "code": "none", "redirect_uri": session.url}
    body = session.request("POST", "/oauth/token", data=made_up | client).json()
    if found := {"invalid_client": Proof.WRONG_SECRET, "invalid_grant": Proof.PROVEN}.get(body.get("error")):
        return found
    reason = body.get("error_description") or body.get("error") or "no reason is given"
    raise StackError(f"GitLab does not say whether the secret is right: {reason}", "Is it GitLab at GITLAB_URL, in order?")


def accepts(session: GitLabSession, client_id: str, callback: str, scopes: Sequence[str]) -> bool:
    """Whether GitLab would send people who sign in back to `callback`, with `scopes`.

    To a request that must not show a page (prompt=none) GitLab answers at the callback that somebody must sign in, once
    client, callback and scopes are right; else with its sign-in page, as to anybody.
    https://openid.net/specs/openid-connect-core-1_0.html#AuthError
    """
    answer = session.visit("/oauth/authorize", **_request(client_id, callback, scopes), prompt="none")
    target = answer.headers.get("Location", "")
    return target.startswith(f"{callback}?") and "error=login_required" in target


def own_address(session: GitLabSession, client_id: str, callback: str, scopes: Sequence[str]) -> str:
    """The address at which GitLab takes itself to be (its external_url), by where it lets people sign in; "" if unknown."""
    answer = session.visit("/oauth/authorize", **_request(client_id, callback, scopes))
    target = urlsplit(urljoin(answer.url, answer.headers.get("Location", "")))
    if not answer.is_redirect or not target.path.endswith(SIGN_IN):
        return ""
    return f"{target.scheme}://{target.netloc}{target.path.removesuffix(SIGN_IN)}"


def _request(client_id: str, callback: str, scopes: Sequence[str]) -> dict[str, str]:
    return {
        "client_id": client_id,
        "redirect_uri": callback,
        "response_type": "code",
        "scope": " ".join(scopes),
        "state": "check",
    }

"""GitLab's REST API: its version, the token's owner, applications, groups."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import requests
from pydantic import SecretStr

from stackctl.errors import StackError
from stackctl.gitlab.session import GitLabSession
from stackctl.settings import Settings

Kind = Literal["instance", "user"]
"""Who owns an application: the whole GitLab, which takes an administrator, or the token's owner."""

PATHS: dict[Kind, str] = {"instance": "/applications", "user": "/user/applications"}
"""https://docs.gitlab.com/api/applications/ and, since GitLab 19.0, https://docs.gitlab.com/api/user_applications/"""

RENEWS_SECRETS = (16, 11)


class RefusedError(StackError):
    """GitLab rejected a request. `status`: the HTTP status."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.status = status


@dataclass(frozen=True)
class TokenOwner:
    """The user a token belongs to. `scopes`: the token's, None where GitLab does not say."""

    username: str
    is_admin: bool
    scopes: frozenset[str] | None


@dataclass(frozen=True)
class RemoteApplication:
    """An application as GitLab has it. `secret`: only right after it was created. `scopes`: only in newer versions."""

    id: int
    kind: Kind
    client_id: str
    name: str
    callback: str
    confidential: bool
    scopes: frozenset[str] | None
    secret: SecretStr | None

    def renewable(self, version: str) -> bool:
        """Whether a GitLab of this version can renew its secret."""
        parsed = re.match(r"(\d+)\.(\d+)", version)
        return self.kind == "instance" and parsed is not None and (int(parsed[1]), int(parsed[2])) >= RENEWS_SECRETS


class GitLab:
    """The GitLab of `settings`, with or without a token.

    Every method raises RefusedError with GitLab's own words when GitLab rejects a request, StackError when it does not
    answer.
    """

    def __init__(self, settings: Settings, token: SecretStr | None = None) -> None:
        self.url = settings.gitlab_url
        self.session = GitLabSession(settings)
        self._token = token

    def ping(self) -> float:
        """Check that a GitLab answers, which takes no token. Returns its clock, in seconds since 1970."""
        answer = self.session.call("GET", "/api/v4/version")
        if answer.status_code not in (200, 401):
            message = f"{self.url} rejected the request: {_reason(answer)}"
            raise RefusedError(answer.status_code, message, "Check GITLAB_URL in .env.")
        date = answer.headers.get("Date")  # a proxy may drop it
        return parsedate_to_datetime(date).timestamp() if date else time.time()

    def version(self) -> str:
        """GitLab's version, such as 19.0.1-ee."""
        return str(self._call("GET", "/version").json()["version"])

    def owner(self) -> TokenOwner:
        """The token's owner. Only administrators see `is_admin`: lib/api/users.rb."""
        user = self._call("GET", "/user").json()
        scopes = None
        with contextlib.suppress(RefusedError):  # not a personal access token, or before 15.5
            scopes = frozenset(map(str, self._call("GET", "/personal_access_tokens/self").json()["scopes"]))
        return TokenOwner(user["username"], bool(user.get("is_admin")), scopes)

    def has_user_applications(self) -> bool:
        """Whether every user of this GitLab can create applications with the API."""
        return self._succeeds("GET", PATHS["user"], failures=(403, 404))  # gitlab.com, before 19.0

    def applications(self, kind: Kind) -> list[RemoteApplication]:
        """All applications of the GitLab, or of the token's owner."""
        applications, query = [], "per_page=100"
        while query:
            answer = self._call("GET", PATHS[kind], params=query)
            applications += [_remote(kind, item) for item in answer.json()]
            # the query alone: the link's host is GitLab's external_url, which need not get the token
            query = urlsplit(answer.links.get("next", {}).get("url", "")).query
        return applications

    def create(self, kind: Kind, name: str, callback: str, scopes: Sequence[str]) -> RemoteApplication:
        """Create an application. GitLab shows its secret only this once."""
        body = {"name": name, "redirect_uri": callback, "scopes": " ".join(scopes), "confidential": True}
        return _remote(kind, self._call("POST", PATHS[kind], json=body).json())

    def update(self, number: int, name: str, scopes: Sequence[str]) -> None:
        """Change an application of the token's owner. Its callback cannot be changed, nor can those of the whole GitLab."""
        self._call("PUT", f"{PATHS['user']}/{number}", json={"name": name, "scopes": " ".join(scopes)})

    def renew_secret(self, number: int) -> SecretStr:
        """Renew the secret of an application of the whole GitLab; the old one is void at once. Since RENEWS_SECRETS."""
        return SecretStr(self._call("POST", f"{PATHS['instance']}/{number}/renew-secret").json()["secret"])

    def delete(self, kind: Kind, number: int) -> bool:
        """Delete an application. Returns False when there was none."""
        return self._succeeds("DELETE", f"{PATHS[kind]}/{number}")

    def has_group(self, path: str) -> bool:
        """Whether there is a group with this full path that the token's owner (without a token: everyone) can see."""
        return self._succeeds("GET", f"/groups/{quote(path, safe='')}", params={"with_projects": "false"})

    def groups_like(self, path: str) -> list[str]:
        """Full paths of groups that a misspelt one may mean, best match first."""
        import difflib

        parent, slash, name = path.rpartition("/")
        paths: set[str] = set()
        for words in (name, name[:3], parent + slash, ""):  # with a slash GitLab searches full paths; "": the first 100
            groups = self._call("GET", "/groups", params={"search": words, "per_page": 100}).json()
            paths |= {str(item["full_path"]) for item in groups}
        return difflib.get_close_matches(path, paths, n=3, cutoff=0.6)

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"PRIVATE-TOKEN": self._token.get_secret_value()} if self._token else {}
        answer = self.session.call(method, f"/api/v4{path}", headers=headers, **options)
        if not answer.ok:
            raise _refused(answer.status_code, _reason(answer))
        return answer

    def _succeeds(self, method: str, path: str, failures: Sequence[int] = (404,), **options: Any) -> bool:
        """Whether a request succeeds; False for the statuses in `failures`."""
        try:
            self._call(method, path, **options)
        except RefusedError as error:
            if error.status in failures:
                return False
            raise
        return True


def _remote(kind: Kind, item: dict[str, Any]) -> RemoteApplication:
    return RemoteApplication(
        id=int(item["id"]),
        kind=kind,
        client_id=str(item["application_id"]),
        name=str(item["application_name"]),
        callback=str(item["callback_url"]),
        confidential=bool(item["confidential"]),
        scopes=frozenset(map(str, item["scopes"])) if "scopes" in item else None,
        secret=SecretStr(item["secret"]) if item.get("secret") else None,
    )


def _refused(status: int, reason: str) -> RefusedError:
    if status == 401:
        hint = "Create a new one under Preferences > Access tokens, with the scope api."
        return RefusedError(status, f"GitLab rejected the token: {reason}", hint)
    if "higher privileges" in reason:  # insufficient_scope: lib/api/api_guard.rb
        return RefusedError(status, "The token lacks the scope api.", "Create a token that has it.")
    hint = "Check that this is the right token, and that its owner's account is active."
    return RefusedError(status, f"GitLab rejected the request: {reason}", hint)


def _reason(answer: requests.Response) -> str:
    """The reason that GitLab gives. https://docs.gitlab.com/api/rest/troubleshooting/#status-code-400"""
    body = answer.json()
    if isinstance(body, dict):
        body = body.get("error_description") or body.get("message") or body.get("error")
    if isinstance(body, dict):
        return "; ".join(f"{name} {' and '.join(map(str, texts))}" for name, texts in body.items())
    return str(body)

"""GitLab's REST API. The only module that imports python-gitlab."""

from __future__ import annotations

import contextlib
import difflib
import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote

import gitlab
from gitlab.exceptions import GitlabError, GitlabHttpError
from pydantic import SecretStr

from stackctl.errors import StackError
from stackctl.gitlab_session import GitLabSession
from stackctl.settings import Settings

Kind = Literal["instance", "user"]
"""Whose an application is: of the whole GitLab, which takes an administrator, or of the token's owner."""

PATHS: dict[Kind, str] = {"instance": "/applications", "user": "/user/applications"}
"""https://docs.gitlab.com/api/applications/ and, since GitLab 19.0, https://docs.gitlab.com/api/user_applications/"""

RENEWS_SECRETS = (16, 11)


class RefusedError(StackError):
    """GitLab answered, and said no. `status`: the HTTP status."""

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.status = status


@dataclass(frozen=True)
class TokenOwner:
    """Whose a token is. `scopes`: what it may do, None where GitLab does not say."""

    username: str
    is_admin: bool
    scopes: frozenset[str] | None


@dataclass(frozen=True)
class Registered:
    """An application as GitLab knows it. `secret` is there when it has just been made, `scopes` in newer versions only."""

    id: int
    kind: Kind
    client_id: str
    name: str
    callback: str
    confidential: bool
    scopes: frozenset[str] | None
    secret: SecretStr | None

    def renewable(self, version: str) -> bool:
        """Whether a GitLab of this version can give it a new secret."""
        found = re.match(r"(\d+)\.(\d+)", version)
        return self.kind == "instance" and found is not None and (int(found[1]), int(found[2])) >= RENEWS_SECRETS


class GitLab:
    """The GitLab of `settings`, asked with somebody's token or with none.

    Every method raises RefusedError with GitLab's own words when it says no, StackError when it does not answer.
    """

    def __init__(self, settings: Settings, token: SecretStr | None = None) -> None:
        self.url = settings.gitlab_url
        self.session = GitLabSession(settings)
        value = token.get_secret_value() if token else None
        verify = str(self.session.verify)
        self._api = gitlab.Gitlab(self.url, private_token=value, ssl_verify=verify, session=self.session, keep_base_url=True)

    def greet(self) -> float:
        """See that a GitLab answers, which takes no token; its clock, in seconds since 1970."""
        answer = self.session.request("GET", "/api/v4/version")
        if answer.status_code not in (200, 401):
            raise RefusedError(
                answer.status_code, f"{self.url} refuses: {_reason(answer.content)}", "See GITLAB_URL in .env."
            )
        date = answer.headers.get("Date")  # which a proxy may leave out
        return parsedate_to_datetime(date).timestamp() if date else time.time()

    def version(self) -> str:
        """Such as 19.0.1-ee."""
        return str(self._call("get", "/version")["version"])

    def owner(self) -> TokenOwner:
        """Whose the token is. Administrators see that they are: lib/api/users.rb."""
        user = self._call("get", "/user")
        scopes = None
        with contextlib.suppress(RefusedError):  # another kind of token, or before 15.5
            scopes = frozenset(map(str, self._call("get", "/personal_access_tokens/self")["scopes"]))
        return TokenOwner(user["username"], bool(user.get("is_admin")), scopes)

    def has_user_applications(self) -> bool:
        """Whether this GitLab lets everybody make applications over its API."""
        try:
            self._call("get", PATHS["user"])
        except RefusedError as error:
            if error.status in (403, 404):  # gitlab.com, before 19.0
                return False
            raise
        return True

    def applications(self, kind: Kind) -> list[Registered]:
        """All applications of the GitLab, or of the token's owner."""
        try:
            return [_registered(kind, item) for item in self._api.http_list(PATHS[kind], iterator=True)]
        except GitlabError as error:
            raise _refused(error) from error

    def create(self, kind: Kind, name: str, callback: str, scopes: Sequence[str]) -> Registered:
        """Make an application; its secret is shown this once."""
        given = {"name": name, "redirect_uri": callback, "scopes": " ".join(scopes), "confidential": True}
        return _registered(kind, self._call("post", PATHS[kind], post_data=given))

    def update(self, number: int, name: str, scopes: Sequence[str]) -> None:
        """Change an application of the token's owner; the callback cannot be changed, nor can those of the whole GitLab."""
        self._call("put", f"{PATHS['user']}/{number}", post_data={"name": name, "scopes": " ".join(scopes)})

    def renew_secret(self, number: int) -> SecretStr:
        """A new secret for an application of the whole GitLab; the former one is void at once. Since RENEWS_SECRETS."""
        return SecretStr(self._call("post", f"{PATHS['instance']}/{number}/renew-secret")["secret"])

    def delete(self, kind: Kind, number: int) -> bool:
        """Delete an application; False when it was not there."""
        try:
            self._call("delete", f"{PATHS[kind]}/{number}")
        except RefusedError as error:
            if error.status == 404:
                return False
            raise
        return True

    def has_group(self, path: str) -> bool:
        """Whether there is a group with this full path that the token's owner, or without a token everybody, may see."""
        try:
            self._call("get", f"/groups/{quote(path, safe='')}", query_data={"with_projects": "false"})
        except RefusedError as error:
            if error.status == 404:
                return False
            raise
        return True

    def groups_like(self, path: str) -> list[str]:
        """Full paths of groups that may be meant by a misspelt one, the nearest first."""
        parent, slash, name = path.rpartition("/")
        found: set[str] = set()
        for words in (name, name[:3], parent + slash, ""):  # with a slash GitLab looks into full paths; "": the first 100
            groups = self._call("get", "/groups", query_data={"search": words, "per_page": 100})
            found |= {str(item["full_path"]) for item in groups}
        return difflib.get_close_matches(path, found, n=3, cutoff=0.6)

    def _call(self, verb: str, path: str, **given: Any) -> Any:
        try:
            answer = self._api.http_request(verb, path, **given)
        except GitlabError as error:
            raise _refused(error) from error
        return None if answer.status_code == 204 else answer.json()


def _registered(kind: Kind, item: dict[str, Any]) -> Registered:
    return Registered(
        id=int(item["id"]),
        kind=kind,
        client_id=str(item["application_id"]),
        name=str(item["application_name"]),
        callback=str(item["callback_url"]),
        confidential=bool(item["confidential"]),
        scopes=frozenset(map(str, item["scopes"])) if "scopes" in item else None,
        secret=SecretStr(item["secret"]) if item.get("secret") else None,
    )


def _refused(error: GitlabError) -> StackError:
    if not isinstance(error, GitlabHttpError) and error.response_code != 401:
        return StackError(f"GitLab's answer cannot be read: {error}", "Try again in a minute.")
    status, reason = error.response_code or 0, _reason(error.response_body or b"")
    if status == 401:
        hint = "Make another one under Preferences > Access tokens, with the scope api."
        return RefusedError(status, f"GitLab does not take the token: {reason}", hint)
    if "higher privileges" in reason:  # insufficient_scope: lib/api/api_guard.rb
        return RefusedError(status, "The token may not do this: it lacks the scope api.", "Make one that has it.")
    return RefusedError(status, f"GitLab refuses: {reason}", "Is the token the right one, and its owner's account in order?")


def _reason(body: bytes) -> str:
    """What GitLab gives as its reason. https://docs.gitlab.com/api/rest/troubleshooting/#status-code-400"""
    try:
        answer = json.loads(body)
    except ValueError:
        return body[:200].decode(errors="replace")
    said = (
        answer.get("error_description") or answer.get("message") or answer.get("error")
        if isinstance(answer, dict)
        else answer
    )
    if isinstance(said, dict):
        return "; ".join(f"{name} {' and '.join(map(str, texts))}" for name, texts in said.items())
    return str(said)

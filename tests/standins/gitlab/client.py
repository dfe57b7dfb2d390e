"""Drives a stand-in from a test, wherever the stand-in runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict, cast

import requests

SECONDS = 15


class Application(TypedDict):
    """An OAuth application of the stand-in. `owner` is a user name, or "" for an application of the whole instance."""

    id: int
    uid: str
    name: str
    redirect_uri: str
    scopes: list[str]
    confidential: bool
    trusted: bool
    owner: str


class Control:
    """Controls the stand-in at `url`. `verify`: its CA file, or True for plain HTTP.

    Every method raises StandInError when the stand-in does not know what is named.
    """

    def __init__(self, url: str, verify: str | bool = True) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy: it is on this machine
        self._session.verify = verify

    def _call(self, operation: str, **arguments: Any) -> Any:
        given = {name: value for name, value in arguments.items() if value is not None}
        answer = self._session.post(f"{self.url}/-/standin/{operation}", json=given, timeout=SECONDS)
        body = answer.json()
        if answer.status_code != 200:
            raise StandInError(body["error"])
        return body["result"]

    # people

    def add_user(self, username: str, **given: str | bool) -> int:
        """Create an account. Returns its id. `given`: name, email, password, public_email, commit_email, state, admin."""
        return int(self._call("add_user", username=username, **given))

    def change_user(self, username: str, **changes: str | bool) -> None:
        """Change attributes, as add_user takes them."""
        self._call("change_user", username=username, **changes)

    def rename(self, username: str, new: str) -> None:
        """Rename a person; the old name becomes free."""
        self._call("rename", username=username, new=new)

    def block(self, username: str) -> None:
        self.change_user(username, state="blocked")

    def unblock(self, username: str) -> None:
        self.change_user(username, state="active")

    def delete_user(self, username: str) -> None:
        self._call("delete_user", username=username)

    def end_sessions(self) -> None:
        """Sign everybody's browser out of GitLab."""
        self._call("end_sessions")

    # groups

    def add_group(self, full_path: str, name: str = "") -> int:
        """Create a group; its parent groups must exist. Returns its id."""
        return int(self._call("add_group", full_path=full_path, name=name))

    def add_member(self, group: str, username: str, level: int = 30) -> None:
        """Make somebody a direct member; 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner."""
        self._call("add_member", group=group, username=username, level=level)

    def remove_member(self, group: str, username: str) -> None:
        self._call("remove_member", group=group, username=username)

    # tokens and applications

    def add_token(self, username: str, scopes: Sequence[str], lifetime: float | None = None) -> str:
        """Create a personal access token. `lifetime`: seconds; negative for an expired token."""
        return str(self._call("add_token", username=username, scopes=list(scopes), lifetime=lifetime))

    def revoke_token(self, value: str) -> None:
        self._call("revoke_token", value=value)

    def revoke_access_tokens(self, username: str) -> int:
        """Revoke a person's OAuth tokens, as on GitLab's own page. Returns how many there were."""
        return int(self._call("revoke_access_tokens", username=username))

    def add_application(
        self,
        name: str,
        redirect_uri: str,
        scopes: Sequence[str],
        *,
        owner: str = "",
        trusted: bool = False,
        confidential: bool = True,
    ) -> tuple[str, str]:
        """Create an OAuth application. Returns its long id and its secret."""
        made = self._call(
            "add_application",
            name=name,
            redirect_uri=redirect_uri,
            scopes=list(scopes),
            owner=owner,
            trusted=trusted,
            confidential=confidential,
        )
        return made["uid"], made["secret"]

    def applications(self) -> list[Application]:
        return cast("list[Application]", self._call("applications"))

    def change_application(self, uid: str, **changes: str | bool | list[str]) -> None:
        """Change name, redirect_uri, scopes, confidential or trusted, as on GitLab's own page."""
        self._call("change_application", uid=uid, **changes)

    def delete_application(self, uid: str) -> None:
        self._call("delete_application", uid=uid)

    def renew_secret(self, uid: str) -> str:
        return str(self._call("renew_secret", uid=uid))

    # repositories

    def add_project(self, group: str, path: str) -> str:
        """Create a private project with one commit, README.md on main. Returns its address for git."""
        return str(self._call("add_project", group=group, path=path))

    def read_file(self, project: str, name: str) -> str:
        """A file's text at the head of main. `project`: its full path."""
        return str(self._call("read_file", project=project, name=name))

    # the server

    def settings(self, **changes: str | int | bool) -> dict[str, Any]:
        """Change url, version, token_lifetime (seconds) or admin_mode; returns all of them."""
        return dict(self._call("settings", **changes))

    def advance(self, seconds: float) -> None:
        """Advance the stand-in's clock, so tokens expire."""
        self._call("advance", seconds=seconds)

    def fault(
        self,
        kind: str,
        prefix: str = "/",
        *,
        times: int | None = None,
        seconds: float = 0,
        status: int = 502,
        retry_after: int = 60,
    ) -> None:
        """Switch a fault of faults.KINDS on for the paths that begin with `prefix`: the next `times`, or until cleared."""
        self._call("fault", kind=kind, prefix=prefix, times=times, seconds=seconds, status=status, retry_after=retry_after)

    def clear_faults(self) -> None:
        self._call("clear_faults")

    def refuse(self, seconds: float) -> None:
        """Close the port for `seconds`: connections are refused, including this control's."""
        self._call("refuse", seconds=seconds)

    def requests(self) -> list[str]:
        """'METHOD /path' of every request since the last clearing, as sent (%2F stays), without prefix and query."""
        return [str(line) for line in self._call("requests")]

    def clear_requests(self) -> None:
        self._call("clear_requests")


class StandInError(Exception):
    """The stand-in could not do what a test requested."""

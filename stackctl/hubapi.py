"""The hub's REST API, the only place that speaks it."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import requests

from stackctl.errors import NotRunningError, StackError

PAGE = 200


class HubAPI:
    """JupyterHub's REST API at `url`, such as `http://172.18.0.3:8081/jupyter/hub/api`.

    https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html

    Every method raises StackError with the hub's own words when it refuses, NotRunningError when it does not answer.
    """

    def __init__(self, url: str, token: str, timeout: float = 30) -> None:
        self._url = url
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False  # the hub is on this machine, whatever proxy is set
        self._session.headers["Authorization"] = f"token {token}"

    def users(self) -> list[dict[str, Any]]:
        """Every user with their servers, by name."""
        return sorted(self._pages("/users?include_stopped_servers=false&"), key=lambda user: str(user["name"]))

    def _pages(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list that comes in pages; `path` ends with what a query's next part can follow."""
        found: list[dict[str, Any]] = []
        headers = {"Accept": "application/jupyterhub-pagination+json"}
        while True:
            page = self._call("GET", f"{path}limit={PAGE}&offset={len(found)}", headers=headers).json()
            found += page["items"]
            if not page["_pagination"]["next"]:
                return found

    def version(self) -> str:
        """JupyterHub's version."""
        return str(self._call("GET", "/").json()["version"])

    def set_account(self, name: str, password: str, admin: bool | None = None) -> dict[str, Any]:
        """Make an account or give it a new password. Returns `{name, admin, created}`."""
        answer = self._call("PUT", f"/users/{_path(name)}/account", json={"password": password, "admin": admin})
        return dict(answer.json())

    def remove_user(self, name: str) -> None:
        """Stop the user's servers and delete the account."""
        self._call("DELETE", f"/users/{_path(name)}")

    def groups(self) -> dict[str, list[str]]:
        """Who is in each group, by its name."""
        found = self._pages("/groups?")
        return {str(group["name"]): sorted(group["users"]) for group in sorted(found, key=lambda group: str(group["name"]))}

    def add_to_group(self, group: str, names: list[str]) -> None:
        """Put users into a group, which is made where it is not there."""
        if group not in self.groups():
            self._call("POST", f"/groups/{_path(group)}")
        self._call("POST", f"/groups/{_path(group)}/users", json={"users": names})

    def remove_from_group(self, group: str, names: list[str]) -> None:
        """Take users out of a group."""
        self._call("DELETE", f"/groups/{_path(group)}/users", json={"users": names})

    def remove_group(self, group: str) -> None:
        """Remove a group. Its users stay."""
        self._call("DELETE", f"/groups/{_path(group)}")

    def start_server(self, name: str, image: str | None = None, seconds: float = 120) -> None:
        """Start a user's server and wait until it is ready. Raises StackError with the reason when it fails."""
        self._call("POST", f"/users/{_path(name)}/server", json={"image": image} if image else None)
        deadline = time.monotonic() + seconds
        while True:
            server = self._call("GET", f"/users/{_path(name)}").json()["servers"].get("", {})
            if server.get("ready"):
                return
            if not server.get("pending") or time.monotonic() > deadline:
                raise StackError(f"The server of {name} did not start.", "See: stackctl logs hub")
            time.sleep(0.05)

    def stop_server(self, name: str, seconds: float = 60) -> None:
        """Stop a user's server and wait until it is gone."""
        self._call("DELETE", f"/users/{_path(name)}/server")
        deadline = time.monotonic() + seconds
        while self._call("GET", f"/users/{_path(name)}").json()["servers"]:
            if time.monotonic() > deadline:
                raise StackError(f"The server of {name} did not stop.", "See: stackctl logs hub")
            time.sleep(0.05)

    def check_routes(self) -> None:
        """Have the hub tell the proxy every route again."""
        self._call("POST", "/proxy")

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            answer = self._session.request(method, self._url + path, timeout=self._timeout, **arguments)
        except requests.RequestException as error:
            raise NotRunningError(f"The hub does not answer: {error}", "See: stackctl logs hub") from error
        if answer.status_code >= 400:
            raise StackError(f"The hub refused: {_reason(answer)}")
        return answer


def _path(name: str) -> str:
    # An address cannot hold "", "." or "..": the hub refuses what is sent instead, with its rule
    return quote(name, safe="") if name.strip(".") else "-"


def _reason(answer: requests.Response) -> str:
    try:
        message = answer.json().get("message")
    except ValueError:
        message = None
    return message or f"{answer.status_code} {answer.reason}"

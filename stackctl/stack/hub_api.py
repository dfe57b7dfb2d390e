"""The hub's REST API. No other module calls it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

from stackctl import limited, wait
from stackctl.errors import NotRunningError, StackError

PAGE, MAX_PAGES = 200, 500


class HubAPI:
    """JupyterHub's REST API at `url`, such as `http://172.18.0.3:8081/jupyter/hub/api`.

    https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html

    Every method raises StackError with the hub's message when it rejects the call, NotRunningError when it does not answer.
    """

    def __init__(self, url: str, token: str, timeout: float = 30) -> None:
        self._url = url
        self._timeout = timeout
        self._session = limited.Session()
        self._session.trust_env = False  # the hub is on this machine, whatever proxy is set
        self._session.headers["Authorization"] = f"token {token}"

    def users(self) -> list[dict[str, Any]]:
        """Every user with their servers, by name."""
        return sorted(self._pages("/users?include_stopped_servers=false&"), key=lambda user: str(user["name"]))

    def _pages(self, path: str) -> list[dict[str, Any]]:
        """All items of a paginated list. `path` ends in ? or &."""
        items: list[dict[str, Any]] = []
        headers = {"Accept": "application/jupyterhub-pagination+json"}
        for _ in range(MAX_PAGES):
            page = self._call("GET", f"{path}limit={PAGE}&offset={len(items)}", headers=headers).json()
            items += page["items"]
            if not page["_pagination"]["next"]:
                return items
        raise StackError(f"The hub's list of {path.strip('/').partition('?')[0]} has no end.", "See: stackctl logs hub")

    def version(self) -> str:
        """JupyterHub's version."""
        return str(self._call("GET", "/").json()["version"])

    def set_account(self, name: str, password: str, admin: bool | None = None) -> dict[str, Any]:
        """Create an account or give it a new password. Returns `{name, admin, created}`."""
        answer = self._call("PUT", f"/users/{_path(name)}/account", json={"password": password, "admin": admin})
        return dict(answer.json())

    def remove_user(self, name: str) -> None:
        """Stop the user's servers and delete the account.

        First waits, 60 s at most, until the hub does nothing with these servers: after its own start it checks each, and
        answers a request to stop one meanwhile with 500.
        """
        wait.until(lambda: self._pending(name), seconds=60, message=f"A server of {name} is still busy")
        self._call("DELETE", f"/users/{_path(name)}")

    def _pending(self, name: str) -> str:
        """What the hub is doing with the user's servers: spawn, stop or check; "" for nothing."""
        servers = [server for user in self.users() if user["name"] == name for server in user["servers"].values()]
        return ", ".join(str(server["pending"]) for server in servers if server["pending"])

    def groups(self) -> dict[str, list[str]]:
        """The members of each group, by its name."""
        groups = self._pages("/groups?")
        return {str(group["name"]): sorted(group["users"]) for group in sorted(groups, key=lambda group: str(group["name"]))}

    def add_to_group(self, group: str, names: list[str]) -> None:
        """Add users to a group, which is created if it does not exist."""
        if group not in self.groups():
            self._call("POST", f"/groups/{_path(group)}")
        self._call("POST", f"/groups/{_path(group)}/users", json={"users": names})

    def remove_from_group(self, group: str, names: list[str]) -> None:
        """Remove users from a group."""
        self._call("DELETE", f"/groups/{_path(group)}/users", json={"users": names})

    def remove_group(self, group: str) -> None:
        """Remove a group. Its users stay."""
        self._call("DELETE", f"/groups/{_path(group)}")

    def check_routes(self) -> None:
        """Make the hub send all routes to the proxy again."""
        self._call("POST", "/proxy")

    def _call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            answer = self._session.request(method, self._url + path, timeout=self._timeout, **arguments)
        except requests.RequestException as error:
            raise NotRunningError(f"The hub does not answer: {error}", "See: stackctl logs hub") from error
        if answer.status_code >= 400:
            raise StackError(f"The hub rejected this: {_reason(answer)}")
        return answer


def _path(name: str) -> str:
    # "", "." and ".." cannot be part of a path. The hub rejects "-" with the rule for names
    return quote(name, safe="") if name.strip(".") else "-"


def _reason(answer: requests.Response) -> str:
    try:
        message = answer.json().get("message")
    except ValueError:
        message = None
    return message or f"{answer.status_code} {answer.reason}"

"""An OAuth client, as a hub is one."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from tests.standins.gitlab.running import Running
from tests.standins.gitlab.visitor import Visitor

CALLBACK = "https://hub.example.org/hub/oauth_callback"
VERIFIER = "ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PASSWORDS = {"ada": "ada-passw0rd", "bob": "bob-passw0rd"}


class Client:
    """Its application may ask for `openid email read_api read_repository`."""

    def __init__(self, gitlab: Running) -> None:
        self.gitlab = gitlab
        self.uid, self.secret = gitlab.control.add_application(
            "hub", CALLBACK, ["openid", "email", "read_api", "read_repository"]
        )
        self.visitor = Visitor(gitlab.url)

    def address(self, **changes: str) -> str:
        """Where a person is sent to sign in; a parameter changed to "" is left out."""
        given = {
            "client_id": self.uid,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid read_api",
            "state": "s1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.gitlab.url}/oauth/authorize?" + urlencode({n: v for n, v in (given | changes).items() if v})

    def come_back(self, username: str = "ada", button: str = "Authorize", **changes: str) -> dict[str, str]:
        """What GitLab sends to the client after a person has been through its pages."""
        back = self.visitor.authorize(self.address(**changes), username, PASSWORDS[username], button)
        assert back.startswith(f"{CALLBACK}?"), back
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}

    def ask(self, **changes: str) -> requests.Response:
        """POST /oauth/token with the client's credentials; a parameter changed to "" is left out."""
        given = {"client_id": self.uid, "client_secret": self.secret, "redirect_uri": CALLBACK} | changes
        return self.post("/oauth/token", **{name: value for name, value in given.items() if value})

    def post(self, path: str, **fields: str) -> requests.Response:
        return requests.post(self.gitlab.url + path, data=fields, timeout=10)

    def exchange(self, code: str, **changes: str) -> requests.Response:
        return self.ask(**{"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER} | changes)

    def tokens(self, username: str = "ada", **changes: str) -> dict[str, Any]:
        """The tokens of somebody who has signed in."""
        answer = self.exchange(self.come_back(username, **changes)["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refresh(self, value: str, **changes: str) -> requests.Response:
        return self.ask(**{"grant_type": "refresh_token", "refresh_token": value} | changes)

    def get(self, path: str, bearer: str = "", **headers: str) -> requests.Response:
        given = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return requests.get(self.gitlab.url + path, headers=given | headers, timeout=10)

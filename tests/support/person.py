"""A user of the stack over HTTP: what their browser would ask for, without the pages."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests
import websocket

from tests.support.running import Stack
from tests.support.waiting import wait_until


class Person:
    """Somebody with an account. Everything goes through nginx."""

    def __init__(self, stack: Stack, name: str, password: str) -> None:
        self.stack = stack
        self.name = name
        self.password = password

    @property
    def server_url(self) -> str:
        """Where this person's notebook server is."""
        return f"{self.stack.url}/user/{quote(self.name, safe='@')}/"

    def sign_in(self, name: str | None = None, password: str | None = None) -> tuple[requests.Session, requests.Response]:
        """Fill in the sign-in form. The session with its cookies, and the answer (302: signed in)."""
        session = self.stack.session()
        page = session.get(f"{self.stack.url}/hub/login", timeout=30)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert xsrf, page.text
        form = {"username": name or self.name, "password": password or self.password, "_xsrf": xsrf[1]}
        return session, session.post(f"{self.stack.url}/hub/login", form, allow_redirects=False, timeout=30)

    def browse(self) -> tuple[requests.Session, str]:
        """Signed in, as a browser is: the session with its cookies, and what a form must send along as `_xsrf`."""
        session, answer = self.sign_in()
        assert answer.status_code == 302, answer.text
        session.get(f"{self.stack.url}/hub/home", timeout=30)
        xsrf = next(item.value or "" for item in session.cookies if (item.name, item.path) == ("_xsrf", "/hub/"))
        return session, xsrf

    @cached_property
    def http(self) -> requests.Session:
        """A session with an API token that this person has made for themselves."""
        session, xsrf = self.browse()
        tokens = f"{self.stack.url}/hub/api/users/{quote(self.name)}/tokens"
        answer = session.post(tokens, headers={"X-XSRFToken": xsrf}, json={}, timeout=30)
        answer.raise_for_status()
        http = self.stack.session()
        http.headers["Authorization"] = f"token {answer.json()['token']}"
        return http

    def hub(self, method: str, path: str = "", **arguments: Any) -> requests.Response:
        """Call the hub's API below this person's own entry."""
        return self.http.request(method, f"{self.stack.url}/hub/api/users/{quote(self.name)}{path}", timeout=60, **arguments)

    def server(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Call this person's notebook server. Fails when it refuses."""
        answer = self.http.request(method, self.server_url + path, timeout=60, **arguments)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def websocket(self, url: str) -> websocket.WebSocket:
        """Open a websocket as this person. Fails when it is refused."""
        header = {"Authorization": str(self.http.headers["Authorization"])}
        trusted = {"ca_certs": str(self.stack.ca)} if self.stack.ca else {}
        return websocket.create_connection(
            re.sub("^http", "ws", url), timeout=30, header=header, http_no_proxy=["*"], sslopt=trusted
        )

    def is_ready(self) -> bool:
        """Whether the hub says that this person's notebook server is ready."""
        return bool(self.hub("GET").json()["servers"].get("", {}).get("ready"))

    def start(self) -> Person:
        """Start the notebook server, where it is not running, and wait until it is ready."""
        if not self.is_ready():
            answer = self.hub("POST", "/server")  # answered when it is ready, or after ten seconds
            assert answer.status_code in (201, 202), answer.text
            wait_until(self.is_ready, 60, f"{self.name}'s server is ready")
        return self

    def begin_start(self) -> None:
        """Ask for the notebook server, and wait only until it is being started."""
        assert not self.hub("GET").json()["servers"]
        threading.Thread(target=self.hub, args=("POST", "/server")).start()
        wait_until(lambda: self.hub("GET").json()["servers"], 10, f"the start of {self.name}'s server", every=0.01)

    def progress(self) -> Iterator[dict[str, Any]]:
        """The events of a start, as the waiting page gets them."""
        with self.hub("GET", "/server/progress", stream=True) as answer:
            for line in answer.iter_lines(chunk_size=1):
                if line.startswith(b"data:"):
                    yield json.loads(line.removeprefix(b"data:"))

    def choose(self, **options: str) -> requests.Response:
        """Ask the hub's API for a server of this image and size."""
        return self.hub("POST", "/server", json=options)

    def stop(self) -> None:
        """Stop the notebook server and wait until it is gone."""
        self.hub("DELETE", "/server")
        wait_until(lambda: not self.hub("GET").json()["servers"], 30, f"the end of {self.name}'s server")

    def remove_users(self, names: Iterable[str]) -> None:
        """As an administrator, remove the accounts of these people, those who never signed in aside, and their servers."""
        for name in names:
            answer = self.http.delete(f"{self.stack.url}/hub/api/users/{quote(name)}", timeout=60)
            assert answer.status_code in (204, 404), answer.text

    def write(self, path: str, text: str) -> None:
        """Save a text file as JupyterLab does."""
        self.server("PUT", f"api/contents/{path}", json={"type": "file", "format": "text", "content": text})

    def read(self, path: str) -> str:
        """The text of a file."""
        return str(self.server("GET", f"api/contents/{path}").json()["content"])

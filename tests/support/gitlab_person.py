"""Somebody with an account on the stand-in GitLab, who signs in there."""

from __future__ import annotations

import requests
from playwright.sync_api import Page

from tests.standins.gitlab.container import Gitlab
from tests.standins.gitlab.visitor import Visitor
from tests.support.person import Person
from tests.support.running import Stack

PASSWORD = "correct-horse-battery"

INTERVAL = 2
"""Seconds between two looks at somebody: the hub's own 120 would be long for a test."""


class GitlabPerson(Person):
    """A user of the stack by way of GitLab. `name` is the hub's, `username` GitLab's."""

    def __init__(self, stack: Stack, gitlab: Gitlab, username: str, name: str = "") -> None:
        super().__init__(stack, name or username.lower(), PASSWORD)
        self.gitlab = gitlab
        self.username = username

    def sign_in(self, name: str | None = None, password: str | None = None) -> tuple[requests.Session, requests.Response]:
        """Go through GitLab's pages. The session with its cookies, and the hub's answer (302: signed in)."""
        session = self.stack.session()
        begun = session.get(f"{self.stack.url}/hub/oauth_login", timeout=30, allow_redirects=False)
        visitor = Visitor(self.gitlab.url, str(self.gitlab.ca_file))
        back = visitor.authorize(begun.headers["Location"], name or self.username, password or self.password)
        return session, session.get(back, timeout=60, allow_redirects=False)

    def server_token(self) -> requests.Session:
        """A session with the token of this person's notebook server, as a program in there has it."""
        environment = dict(item.split("=", 1) for item in self.stack.servers()[self.name].attrs["Config"]["Env"])
        session = self.stack.session()
        session.headers["Authorization"] = f"token {environment['JUPYTERHUB_API_TOKEN']}"
        return session


def sign_in_to_gitlab(page: Page, person: GitlabPerson) -> None:
    """From the hub's sign-in page: press its button, fill in GitLab's form and let the hub know who it is."""
    page.get_by_role("button", name="GitLab").click()
    page.get_by_label("Username or primary email").fill(person.username)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Authorize").click()

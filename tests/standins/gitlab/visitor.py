"""Follows GitLab's pages without a browser: links, forms, redirects."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

SECONDS = 15


@dataclass
class Form:
    """A form of a page: its action, its fields, and the text of its button."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class Page(HTMLParser):
    """The parts of a page that a visitor needs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.texts: list[tuple[str, str]] = []
        """(tag, text) of all visible text."""
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._tag = tag
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "input":
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "a":
            self.links.append(given["href"])

    def handle_data(self, data: str) -> None:
        if self._tag == "button":
            self.forms[-1].button = data
        self.texts.append((self._tag, data))

    def shown(self, tag: str) -> str:
        """The text of the first element of that kind, "" when there is none."""
        return next((text for kind, text in self.texts if kind == tag), "")

    def form(self, button: str) -> Form:
        """The form with that button. Raises LookupError with the page's text."""
        for found in self.forms:
            if found.button == button:
                return found
        raise LookupError(f"no button {button!r}; shown is {[text for tag, text in self.texts if tag != 'style']}")


class Visitor:
    """A browser session at the stand-in at `url`. `verify`: its CA file, or True for plain HTTP."""

    def __init__(self, url: str, verify: str | bool = True) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = verify

    def open(self, address: str) -> requests.Response:
        """Get a page of GitLab. Follows redirects within GitLab, and returns one that leads elsewhere."""
        return self._follow(self.session.get(urljoin(self.url, address), timeout=SECONDS, allow_redirects=False))

    def submit(self, page: requests.Response, button: str, **more: str) -> requests.Response:
        """Press a button of a page, after filling in `more`; then like `open`."""
        form = Page(page.text).form(button)
        target = urljoin(page.url, form.action)
        posted = self.session.post(target, data=form.fields | more, timeout=SECONDS, allow_redirects=False)
        return self._follow(posted)

    def sign_in(self, page: requests.Response, username: str, password: str) -> requests.Response:
        """Fill in the sign-in page."""
        return self.submit(page, "Sign in", **{"user[login]": username, "user[password]": password})

    def authorize(self, address: str, username: str = "", password: str = "", button: str = "Authorize") -> str:
        """Go through /oauth/authorize, with sign-in and consent if asked. Returns the redirect address back to the client.

        Raises LookupError, with what is shown, when that is no such page.
        """
        page = self.open(address)
        if page.url.partition("?")[0].endswith("/users/sign_in"):
            page = self.sign_in(page, username, password)
        if not page.is_redirect and Page(page.text).shown("h1") == "Redirecting":
            return Page(page.text).links[0]
        back = page if page.is_redirect else self.submit(page, button)
        return back.headers["Location"]

    def _follow(self, response: requests.Response) -> requests.Response:
        while response.is_redirect and response.headers["Location"].startswith((self.url, "/")):
            target = urljoin(response.url, response.headers["Location"])
            response = self.session.get(target, timeout=SECONDS, allow_redirects=False)
        return response

"""The HTML pages: sign-in, consent, errors."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from aiohttp import web

STYLE = "body{font-family:sans-serif;max-width:40em;margin:3em auto}label{display:block;margin:1em 0 .2em}"
NONE: Mapping[str, str] = {}


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    """A page in GitLab's frame. `body` is HTML."""
    head = f"<title>{escape(title)} · GitLab</title><meta charset=utf-8><style>{STYLE}</style>"
    text = f"<!DOCTYPE html><html lang=en><head>{head}</head><body>{body}</body></html>"
    return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})


def form(action: str, fields: Mapping[str, str], inner: str) -> str:
    """A form that posts `fields` and the fields in `inner`, HTML."""
    hidden = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items())
    return f'<form action="{escape(action)}" method="post">{hidden}{inner}</form>'


def sign_in(action: str, csrf: str, alert: str) -> web.Response:
    """The form of app/views/devise/sessions/_new_base.html.haml."""
    notice = f'<div class="flash-alert" role="alert">{escape(alert)}</div>' if alert else ""
    inner = (
        '<label for="user_login">Username or primary email</label><input id="user_login" name="user[login]" autofocus>'
        '<label for="user_password">Password</label><input id="user_password" name="user[password]" type="password">'
        '<p><button type="submit" data-testid="sign-in-button">Sign in</button></p>'
    )
    return page("Sign in", f"<h1>GitLab</h1>{notice}{form(action, {'authenticity_token': csrf}, inner)}")


def consent(action: str, csrf: str, name: str, username: str, scopes: list[str], fields: Mapping[str, str]) -> web.Response:
    """The form of app/views/doorkeeper/authorizations/new.html.haml: Authorize posts, Deny posts a DELETE."""
    fields = {"authenticity_token": csrf, **fields}
    listed = "".join(f"<li><strong>{escape(scope)}</strong></li>" for scope in scopes)
    deny = form(action, {"_method": "delete", **fields}, '<button type="submit">Deny</button>')
    button = '<button type="submit" id="commit-changes" data-testid="authorization-button">Authorize</button>'
    body = (
        f"<h1>Authorize {escape(name)} to use your account?</h1>"
        f"<p>An application called {escape(name)} is requesting access to your GitLab account @{escape(username)}.</p>"
        f"<p>This application will be able to:</p><ul>{listed}</ul>{deny}{form(action, fields, button)}"
    )
    return page("User Settings", body)


def redirecting(address: str) -> web.Response:
    """The page of app/views/doorkeeper/authorizations/redirect.html.haml, which redirects with a script, without a 302."""
    script = f"window.location = {_script_text(address)};"
    link = f'<a href="{escape(address)}">Click here to redirect to {escape(address)}</a>'
    return page("Redirecting", f"<h1>Redirecting</h1><div>{link}</div><script>{script}</script>")


def _script_text(text: str) -> str:
    return '"' + "".join(f"\\u{ord(char):04x}" if char in "\"'<>&\\\n\r" else char for char in text) + '"'


def oauth_error(description: str) -> web.Response:
    """The page of app/views/doorkeeper/authorizations/error.html.haml. It comes with the status 200, as GitLab's does."""
    return page("Error", f"<h1>An error has occurred</h1><main role=main><pre>{escape(description)}</pre></main>")


def plain_error(status: int, title: str, text: str) -> web.Response:
    """A page like those in GitLab's public/ folder."""
    return page(f"{title} ({status})", f"<h1>{status}</h1><h3>{escape(text)}</h3>", status=status)

"""A server extension: links from before JupyterLab (/tree, /notebooks/…, /edit/…) open the same file in JupyterLab."""

from __future__ import annotations

from typing import Any


def in_lab(path: str) -> str:
    """The path in JupyterLab for an old one, both below the base URL and as sent, with percent signs and query."""
    old, mark, query = path.partition("?")
    _, _, file = old.partition("/")
    return f"{f'lab/tree/{file}' if file.strip('/') else 'lab'}{mark}{query}"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "stack_old_links"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from jupyter_server.base.handlers import JupyterHandler  # type: ignore[import-not-found]
    from tornado.web import authenticated

    class OldLink(JupyterHandler):  # type: ignore[misc]
        @authenticated
        def get(self) -> None:
            self.redirect(self.base_url + in_lab(self.request.uri.removeprefix(self.base_url)))

    links = rf"{server.base_url}(?:tree|notebooks|edit)(?:/.*)?"
    server.web_app.add_handlers(".*$", [(links, OldLink)])

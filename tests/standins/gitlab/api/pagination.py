"""Lists in pages: lib/gitlab/pagination/offset_header_builder.rb; doc/api/rest/_index.md, 'Offset-based pagination'.

A signed-in caller gets this kind whatever `pagination` says, for groups: present_groups_with_pagination_strategies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from aiohttp import web

from tests.standins.gitlab.api.guard import integer
from tests.standins.gitlab.web import state_of

Item = TypeVar("Item")
PER_PAGE, MAX_PER_PAGE = 20, 100


def paginated(request: web.Request, items: Sequence[Item], entity: Callable[[Item], dict[str, Any]]) -> web.Response:
    """The requested page of `items`, with its headers."""
    page = max(1, integer(request.query.get("page", "1"), "page"))
    size = min(MAX_PER_PAGE, max(1, integer(request.query.get("per_page", str(PER_PAGE)), "per_page")))
    pages = max(1, -(-len(items) // size))
    after = page + 1 if page < pages else None
    before = page - 1 if page > 1 else None
    headers = {
        "X-Per-Page": str(size),
        "X-Page": str(page),
        "X-Next-Page": str(after or ""),
        "X-Prev-Page": str(before or ""),
        "X-Total": str(len(items)),
        "X-Total-Pages": str(pages),
        "Link": _links(request, {"prev": before, "next": after, "first": 1, "last": pages}, size),
    }
    shown = items[(page - 1) * size : page * size]
    return web.json_response([entity(item) for item in shown], headers=headers)


def _links(request: web.Request, pages: dict[str, int | None], size: int) -> str:
    """Links with all the parameters of this request, at GitLab's configured address."""
    own = state_of(request).settings.url
    path = request.rel_url.raw_path.partition("/api/v4/")[2]
    query = {name: value for name, value in request.query.items() if name != "private_token"}
    links = []
    for name, page in pages.items():
        if page is not None:
            full = request.rel_url.with_query({**query, "page": str(page), "per_page": str(size)})
            links.append(f'<{own}/api/v4/{path}?{full.raw_query_string}>; rel="{name}"')
    return ", ".join(links)

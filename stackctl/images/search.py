"""Searches for images: Docker Hub through the engine, with its proxy and certificates; quay.io directly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.host import web
from stackctl.settings import Settings

QUAY = "https://quay.io/api/v1/find/repositories"
"""https://docs.redhat.com/en/documentation/red_hat_quay/3/html/red_hat_quay_api_reference/search"""

HUB_NAME, QUAY_NAME = "Docker Hub", "quay.io"
SECONDS, DEADLINE = 15, 25
"""Timeouts: for the next part of an answer, and for all answers."""


@dataclass(frozen=True)
class SearchResult:
    """An image. `name`: the reference without a tag; `rating`: stars at Docker Hub, popularity at quay.io."""

    name: str
    rating: int
    description: str
    where: str
    official: bool = False


def search(engine: Engine, settings: Settings, word: str, quay: str = QUAY) -> tuple[list[SearchResult], dict[str, str]]:
    """Search both at once, for at most DEADLINE seconds: the images, and errors by the registry's name."""
    searches: dict[str, Callable[[], list[SearchResult]]] = {
        HUB_NAME: lambda: docker_hub(engine, word),
        QUAY_NAME: lambda: quay_io(settings, word, quay),
    }
    results: dict[str, list[SearchResult]] = {}
    problems = dict.fromkeys(searches, f"no answer within {DEADLINE} seconds")

    def ask(name: str) -> None:
        try:
            results[name] = searches[name]()
            problems.pop(name, None)
        except StackError as error:
            problems[name] = error.message

    threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in searches]
    for thread in threads:
        thread.start()
    end = time.monotonic() + DEADLINE
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    return [item for name in searches for item in results.get(name, [])], dict(problems)


def docker_hub(engine: Engine, word: str) -> list[SearchResult]:
    """Search Docker Hub. Raises StackError when the engine cannot reach it."""
    return [
        SearchResult(item["name"], int(item.get("star_count") or 0), _line(item), HUB_NAME, bool(item.get("is_official")))
        for item in engine.search(word, SECONDS)
    ]


def quay_io(settings: Settings, word: str, url: str = QUAY) -> list[SearchResult]:
    """Search quay.io. Raises StackError when it cannot be reached, or its answer is not a list of images."""
    try:
        return [_quay_result(item) for item in web.get_json(settings, url, SECONDS, {"query": word})["results"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StackError("its answer is not a list of images") from None


def _quay_result(item: dict[str, Any]) -> SearchResult:
    name = f"{QUAY_NAME}/{item['namespace']['name']}/{item['name']}"
    return SearchResult(name, int(item.get("popularity") or 0), _line(item), QUAY_NAME)


def _line(item: dict[str, Any]) -> str:
    return " ".join(str(item.get("description") or "").split())

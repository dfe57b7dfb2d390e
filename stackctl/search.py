"""Looking for images: Docker Hub through the engine, with its proxy and certificates; quay.io from here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stackctl import web
from stackctl.engine import Engine
from stackctl.errors import StackError
from stackctl.settings import Settings

QUAY = "https://quay.io/api/v1/find/repositories"
"""https://docs.redhat.com/en/documentation/red_hat_quay/3/html/red_hat_quay_api_reference/search"""

HUB_NAME, QUAY_NAME = "Docker Hub", "quay.io"
SECONDS, DEADLINE = 15, 25
"""For one answer's next part, and for all of the answers."""


@dataclass(frozen=True)
class Found:
    """An image. `name` is what `images add` takes, but for the tag; `rating`: stars at Docker Hub, popularity at quay.io."""

    name: str
    rating: int
    description: str
    where: str
    official: bool = False


def search(engine: Engine, settings: Settings, word: str, quay: str = QUAY) -> tuple[list[Found], dict[str, str]]:
    """What both find, side by side, and why one could not be asked, by its name. Never longer than DEADLINE."""
    asked: dict[str, Callable[[], list[Found]]] = {
        HUB_NAME: lambda: docker_hub(engine, word),
        QUAY_NAME: lambda: quay_io(settings, word, quay),
    }
    found: dict[str, list[Found]] = {}
    problems = dict.fromkeys(asked, f"no answer within {DEADLINE} seconds")

    def ask(name: str) -> None:
        try:
            found[name] = asked[name]()
            problems.pop(name, None)
        except StackError as error:
            problems[name] = error.message

    threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in asked]
    for thread in threads:
        thread.start()
    end = time.monotonic() + DEADLINE
    for thread in threads:
        thread.join(max(0, end - time.monotonic()))
    return [item for name in asked for item in found.get(name, [])], dict(problems)


def docker_hub(engine: Engine, word: str) -> list[Found]:
    """What Docker Hub finds. Raises StackError when the engine cannot ask it."""
    return [
        Found(item["name"], int(item.get("star_count") or 0), _line(item), HUB_NAME, bool(item.get("is_official")))
        for item in engine.search(word, SECONDS)
    ]


def quay_io(settings: Settings, word: str, url: str = QUAY) -> list[Found]:
    """What quay.io finds. Raises StackError when it does not answer, or with something else than it should."""
    try:
        return [_quay_found(item) for item in web.ask(settings, "GET", url, SECONDS, params={"query": word})["results"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StackError("it answered something else than a list of images") from None


def _quay_found(item: dict[str, Any]) -> Found:
    name = f"{QUAY_NAME}/{item['namespace']['name']}/{item['name']}"
    return Found(name, int(item.get("popularity") or 0), _line(item), QUAY_NAME)


def _line(item: dict[str, Any]) -> str:
    return " ".join(str(item.get("description") or "").split())

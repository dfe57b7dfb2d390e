"""Images, sizes and notebook servers as the hub's rules see them, without a hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stackhub import choice
from stackhub.capacity import Held
from stackhub.catalogue import Catalogue, CatalogueFile

GB = 2**30


def image(name: str, **more: Any) -> dict[str, Any]:
    """An image as stackctl writes it down for the hub."""
    plain = {"name": name, "id": f"sha256:{name}", "title": {"en": name.title()}}
    return plain | {"description": {}, "groups": [], "default": False} | more


def size(name: str, **more: Any) -> dict[str, Any]:
    """A size, the same way."""
    plain = {"name": name, "title": {"en": name.title()}, "cpu": 1, "memory": GB, "gpus": 0, "count": None}
    return plain | {"groups": [], "default": False} | more


def text(images: list[dict[str, Any]], sizes: list[dict[str, Any]], gpus: tuple[str, ...] = ()) -> str:
    """The catalogue that the hub reads."""
    return json.dumps({"images": images, "sizes": sizes, "gpus": list(gpus)})


class Server(SimpleNamespace):
    """As much of a spawner as choosing needs."""

    active: bool
    held: Held | None
    image: str
    cpu_limit: float
    mem_limit: int


class Hub:
    """People with a server each, on a machine with so much memory."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.users: dict[str, Any] = {}

    def server(self, user: str, groups: tuple[str, ...] = (), last: dict[str, Any] | None = None) -> Any:
        """A new server of somebody, not started yet, who chose `last` before."""
        server = Server(
            user=SimpleNamespace(groups=[SimpleNamespace(name=group) for group in groups]),
            orm_spawner=SimpleNamespace(user_options=last),
            authenticator=SimpleNamespace(parent=self),
            servers_memory=self.memory,
            held=None,
            active=False,
        )
        known = self.users.setdefault(user, SimpleNamespace(spawners={}))
        known.spawners[str(len(known.spawners))] = server
        return server

    def start(self, user: str, options: dict[str, Any] | None = None, groups: tuple[str, ...] = ()) -> Any:
        """As JupyterHub does it: the server counts as active while its choice is looked at. Raises ChoiceError."""
        server = self.server(user, groups)
        server.active = True
        try:
            choice.apply(server, options or {})
        except Exception:
            server.active = False
            raise
        return server


@contextmanager
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> Iterator[Catalogue]:
    """The hub reads `written`."""
    path = tmp_path / "catalogue.json"
    path.write_text(written)
    file = CatalogueFile(path)
    monkeypatch.setattr(choice, "FILE", file)
    yield file.current

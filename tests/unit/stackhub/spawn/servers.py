"""Images, sizes and notebook servers for tests of the rules, without a hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract.catalogue import CatalogueFile
from stackhub.spawn import choice
from stackhub.spawn.capacity import Reservation
from stackhub.spawn.catalogue import Catalogue

GB = 2**30


def image(name: str, **more: Any) -> dict[str, Any]:
    """An image as stackctl publishes it."""
    plain = {"name": name, "id": f"sha256:{name}", "title": {"en": name.title()}}
    return plain | {"description": {}, "groups": [], "default": False} | more


def size(name: str, **more: Any) -> dict[str, Any]:
    """A size as stackctl publishes it."""
    plain = {"name": name, "title": {"en": name.title()}, "cpu": 1, "memory": GB, "gpus": 0, "count": None}
    return plain | {"groups": [], "default": False} | more


def text(images: list[dict[str, Any]], sizes: list[dict[str, Any]], gpus: tuple[str, ...] = ()) -> str:
    """The catalogue that the hub reads."""
    return json.dumps({"images": images, "sizes": sizes, "gpus": list(gpus)})


class Server(SimpleNamespace):
    """The part of a spawner that a choice needs."""

    active: bool
    reservation: Reservation | None
    image: str
    cpu_limit: float
    mem_limit: int


class Hub:
    """Users with servers, on a machine with `memory` bytes."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.users: dict[str, Any] = {}

    def server(self, user: str, groups: tuple[str, ...] = (), last: dict[str, Any] | None = None) -> Any:
        """A new server that is not started; `last`: its user's last choice."""
        server = Server(
            user=SimpleNamespace(groups=[SimpleNamespace(name=group) for group in groups]),
            orm_spawner=SimpleNamespace(user_options=last),
            authenticator=SimpleNamespace(parent=self),
            servers_memory=self.memory,
            reservation=None,
            active=False,
        )
        known = self.users.setdefault(user, SimpleNamespace(spawners={}))
        known.spawners[str(len(known.spawners))] = server
        return server

    def start(self, user: str, options: dict[str, Any] | None = None, groups: tuple[str, ...] = ()) -> Any:
        """Start a server as JupyterHub does: it is active while its choice is checked. Raises ChoiceError."""
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
    """Let the hub read the catalogue `written`."""
    path = tmp_path / "catalogue.json"
    path.write_text(written)
    file = CatalogueFile(Catalogue.parse, Catalogue(), path)
    monkeypatch.setattr(choice, "FILE", file)
    yield file.current

"""The docker SDK's client without Docker, with what temporary containers and volumes need of it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from docker.errors import APIError, NotFound


class Container:
    """A container. `options`: what it was created with."""

    def __init__(self, docker: FakeDocker, name: str, options: dict[str, Any]) -> None:
        self.docker, self.name, self.options = docker, name, options

    def start(self) -> None:
        self.docker.during_start()

    def wait(self, **_: Any) -> dict[str, int]:
        return {"StatusCode": self.docker.code}

    def logs(self, *, stdout: bool, stderr: bool, stream: bool, follow: bool) -> list[bytes]:
        assert stream
        assert not follow, "a container that runs would never end it"
        return [b"printed\n"] * stdout + [b"wrong\n"] * stderr

    def remove(self, **_: Any) -> None:
        del self.docker.made[self.name]


class FakeDocker:
    """Containers in `made`, by name, and volumes in `kept`. A test can say what happens in the middle of a call."""

    def __init__(self) -> None:
        self.made: dict[str, Container] = {}
        self.late: list[str] = []
        """Containers whose creation was interrupted."""
        self.kept: list[str] = []
        self.holders: dict[str, list[str]] = {}
        """The containers that have a volume, by its name."""
        self.code = 0
        self.during_create: Callable[[], None] = lambda: None
        self.during_start: Callable[[], None] = lambda: None
        self.containers = SimpleNamespace(create=self._create, get=self._get)
        self.volumes = SimpleNamespace(get=lambda name: SimpleNamespace(remove=lambda: self._remove_volume(name)))
        self.api = SimpleNamespace(containers=self._list)

    def version(self) -> dict[str, str]:
        return {"Version": "26.1.5"}

    def add(self, name: str, stack: str) -> None:
        """Add a container that another process created."""
        self.made[name] = Container(self, name, {"labels": {"stackhub.temporary": stack}})

    def _create(self, image: str, command: list[str], *, name: str, **options: Any) -> Container:
        try:
            self.during_create()
        except KeyboardInterrupt:  # the engine creates it all the same, but later than anybody looks for it
            self.late.append(name)
            raise
        self.made[name] = Container(self, name, options | {"image": image, "command": command})
        return self.made[name]

    def _get(self, name: str) -> Container:
        if name not in self.made:
            raise NotFound(name)
        return self.made[name]

    def _list(self, *, filters: dict[str, str], **_: bool) -> list[dict[str, Any]]:
        ((kind, what),) = filters.items()
        if kind == "volume":
            return [{"Names": [f"/{name}"]} for name in self.holders.get(what, [])]
        labelled = [(name, item.options["labels"]) for name, item in self.made.items() if what in item.options["labels"]]
        return [{"Names": [f"/{name}"], "Labels": labels} for name, labels in labelled]

    def _remove_volume(self, name: str) -> None:
        if name in self.holders:
            answer = SimpleNamespace(status_code=409, url="", reason="Conflict")
            raise APIError("conflict", answer, "volume is in use - [0123abcd]")  # type: ignore[arg-type]
        self.kept.remove(name)

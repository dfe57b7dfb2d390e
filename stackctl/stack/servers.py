"""The containers of notebook servers, and the volumes that they share."""

from __future__ import annotations

from dataclasses import dataclass

from contract import users
from stackctl.engine import Container, Engine


@dataclass(frozen=True)
class Servers:
    """The notebook servers of the stack called `stack`."""

    stack: str
    network: str
    engine: Engine

    def running(self) -> list[Container]:
        """The containers of the servers that run."""
        return [item for item in self.engine.servers(self.stack) if item.state == "running"]

    def disconnected(self) -> list[Container]:
        """Those that run without their network: somebody removed it, or disconnected them."""
        return [item for item in self.running() if not item.connected]

    def connect(self) -> None:
        """Connect the disconnected ones."""
        for server in self.disconnected():
            self.engine.connect(self.network, server.id)


@dataclass(frozen=True)
class SharedVolumes:
    """The volumes of the shared folders that STACK_SHARED_FOLDERS gives a name."""

    stack: str
    names: tuple[str, ...]
    engine: Engine

    def missing(self) -> list[str]:
        """The names of those that are not there."""
        return self.engine.missing_volumes(list(self.names))

    def create(self) -> None:
        """Create the missing ones, writable for notebook servers."""
        if missing := self.missing():
            self.engine.create_shared_volumes(self.stack, f"{self.stack}-hub", missing, users.NOTEBOOK)

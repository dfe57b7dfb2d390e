"""Shared folders, as STACK_SHARED_FOLDERS names them: `team, /srv/data:ro`. stackctl has checked the setting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import container, lists, names


@dataclass(frozen=True)
class SharedFolder:
    """A folder that every notebook server has. `source`: a name (a volume of the stack's) or a path on the server."""

    source: str
    read_only: bool = False

    @classmethod
    def parse(cls, item: str) -> SharedFolder:
        """From `team` or `/srv/data:ro`."""
        return cls(item.removesuffix(":ro"), item.endswith(":ro"))

    def __str__(self) -> str:
        return f"{self.source}:ro" if self.read_only else self.source

    @property
    def name(self) -> str:
        """Its name in ~/shared."""
        return self.source.rpartition("/")[2]

    @property
    def path(self) -> Path | None:
        """Its path on the server; None for a volume."""
        return Path(self.source) if self.source.startswith("/") else None

    @property
    def target(self) -> str:
        """Where it is mounted in a notebook server."""
        return f"{container.SHARED}/{self.name}"

    def volume(self, stack: str) -> str:
        """The name of its volume in Docker; for one without a `path`."""
        return names.shared_volume(stack, self.source)


def parse(setting: str) -> list[SharedFolder]:
    """The folders of STACK_SHARED_FOLDERS, in its order."""
    return [SharedFolder.parse(item) for item in lists.items(setting)]

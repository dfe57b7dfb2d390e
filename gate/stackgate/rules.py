"""What this stack's containers may be: from compose.yaml's settings and the catalogue that stackctl has published."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from contract import catalogue, memory

CPU_PERIOD = 100_000
"""Microseconds. A CPU limit is a quota of these."""


@dataclass(frozen=True)
class Published:
    """What the catalogue allows.

    `images`: each image's id, and whether its containers are read-only. `gpus`: GPU ids. `limits`: each size's name, memory
    in bytes and CPU quota in microseconds. `counts`: how many servers of a size there may be, where there is a limit.
    """

    images: frozenset[tuple[str, bool]] = frozenset()
    gpus: frozenset[str] = frozenset()
    limits: frozenset[tuple[str, int, int]] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Published:
        """Read the catalogue file's content. Raises ValueError, TypeError or KeyError where it is invalid."""
        content = catalogue.parse(text)
        return cls(
            frozenset((image.id, image.read_only) for image in content.images),
            frozenset(content.gpus),
            frozenset((size.name, size.memory, int(size.cpu * CPU_PERIOD)) for size in content.sizes),
            {size.name: size.count for size in content.sizes if size.count is not None},
        )


@dataclass(frozen=True)
class Rules:
    """What every container of the stack `stack` must be."""

    stack: str
    process_limit: int
    ca_bundle: str
    published: Published = Published()
    shared_folders: str = ""
    servers_memory: int = 0
    """Bytes that all notebook servers together may have."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Rules:
        """Read the variables that compose.yaml sets. Raises KeyError where one is missing."""
        return cls(
            environ["STACK_NAME"],
            int(environ["STACK_PROCESS_LIMIT"]),
            environ["STACK_CA_BUNDLE"],
            shared_folders=environ["STACK_SHARED_FOLDERS"],
            servers_memory=memory.limit(environ["STACK_SERVERS_MEMORY"], memory.of_machine()),
        )

    def with_published(self, published: Published) -> Rules:
        """The same rules with another catalogue."""
        return replace(self, published=published)

    @property
    def network(self) -> str:
        """The only network that a container may join."""
        return f"{self.stack}-users"

    @property
    def name(self) -> str:
        """A pattern for the names of notebook servers' containers and of volumes with users' files."""
        return f"{self.stack}-user-[a-z0-9-]{{1,60}}"

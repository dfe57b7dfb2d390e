"""What this stack's containers may be: from compose.yaml's settings, and from what `stackctl up` found fit."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

CATALOGUE = Path("/run/gate/catalogue.json")
"""What people may choose from, where the hub can read it, too, and not write: stackctl/offer.py."""

CPU_PERIOD = 100_000
"""Microseconds: a share of the processors is a quota of this."""


@dataclass(frozen=True)
class Offer:
    """What people are offered.

    Of each image its id and whether its containers are read-only, the ids of GPUs, and of each size its memory in bytes and
    its CPU quota in microseconds.
    """

    images: frozenset[tuple[str, bool]] = frozenset()
    gpus: frozenset[str] = frozenset()
    limits: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Offer:
        """From what stackctl wrote. Raises ValueError, TypeError or KeyError where it makes no sense."""
        said = json.loads(text)
        return cls(
            frozenset((image["id"], image.get("read_only", False)) for image in said["images"]),
            frozenset(said["gpus"]),
            frozenset((size["memory"], int(size["cpu"] * CPU_PERIOD)) for size in said["sizes"]),
        )


@dataclass
class OfferFile:
    """The file, read again when it was replaced. Nothing is offered while there is none, or none that makes sense."""

    path: Path = CATALOGUE
    _seen: tuple[int, int] = field(default=(0, 0), init=False)
    _read: Offer = field(default=Offer(), init=False)

    @property
    def current(self) -> Offer:
        """What it says now; or said last, while it is replaced."""
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
            state = self.path.stat()
            if (seen := (state.st_mtime_ns, state.st_ino)) != self._seen:
                self._read, self._seen = Offer.parse(self.path.read_text()), seen
        return self._read


@dataclass(frozen=True)
class Rules:
    """What holds for every container of the stack `stack`."""

    stack: str
    process_limit: int
    ca_bundle: str
    offer: Offer = Offer()
    shared_folders: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Rules:
        """Read the variables that compose.yaml sets. Raises KeyError where one is missing."""
        return cls(
            environ["STACK_NAME"],
            int(environ["STACK_PROCESS_LIMIT"]),
            environ["STACK_CA_BUNDLE"],
            shared_folders=environ["STACK_SHARED_FOLDERS"],
        )

    def with_offer(self, offer: Offer) -> Rules:
        return replace(self, offer=offer)

    @property
    def network(self) -> str:
        return f"{self.stack}-users"

    @property
    def name(self) -> str:
        """A pattern: what a container of a notebook server is called, and a volume with a user's files."""
        return f"{self.stack}-user-[a-z0-9-]{{1,60}}"

"""What compose.yaml hands to the hub, as a typed object. stackctl has checked the values; their defaults stand there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATA = Path("/srv/jupyterhub")
"""The hub's own volume: database, cookie secret, tokens."""

PROXY = Path("/run/proxy")
"""Shared with the proxy and nobody else: its API's socket and token."""


@dataclass(frozen=True)
class Settings:
    """The stack's settings as the hub needs them. Times are in seconds."""

    name: str
    auth: str
    image: str
    ca_bundle: str
    cpu_limit: float
    memory_limit: str
    process_limit: int
    start_timeout: int
    idle_timeout: int
    busy_limit: int
    notebook_environment: Mapping[str, str]

    @property
    def activity_interval(self) -> int:
        """How often the hub hears which servers are in use, and looks for idle ones: several times an idle timeout."""
        return max(5, min(300, (self.idle_timeout or 1200) // 4))

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables that compose.yaml sets. Raises KeyError where one is missing."""
        return cls(
            name=environ["STACK_NAME"],
            auth=environ["STACK_AUTH"],
            image=environ["STACK_NOTEBOOK_IMAGE"],
            ca_bundle=environ["STACK_CA_BUNDLE"],
            cpu_limit=float(environ["STACK_CPU_LIMIT"]),
            memory_limit=environ["STACK_MEMORY_LIMIT"],
            process_limit=int(environ["STACK_PROCESS_LIMIT"]),
            start_timeout=int(environ["STACK_START_TIMEOUT"]),
            idle_timeout=int(environ["STACK_IDLE_TIMEOUT"]),
            busy_limit=int(environ["STACK_BUSY_LIMIT"]),
            notebook_environment=json.loads(environ.get("STACKCTL_NOTEBOOK_ENVIRONMENT") or "{}"),
        )

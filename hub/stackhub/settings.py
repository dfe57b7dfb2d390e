"""What compose.yaml hands to the hub, as a typed object. stackctl has checked the values; their defaults stand there."""

from __future__ import annotations

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
    cpu_limit: float
    memory_limit: str
    process_limit: int
    start_timeout: int
    idle_timeout: int
    busy_limit: int
    notebook_environment: Mapping[str, str]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the variables that compose.yaml sets. Raises KeyError where one is missing."""
        return cls(
            name=environ["STACK_NAME"],
            auth=environ["STACK_AUTH"],
            image=environ["STACK_NOTEBOOK_IMAGE"],
            cpu_limit=float(environ["STACK_CPU_LIMIT"]),
            memory_limit=environ["STACK_MEMORY_LIMIT"],
            process_limit=int(environ["STACK_PROCESS_LIMIT"]),
            start_timeout=int(environ["STACK_START_TIMEOUT"]),
            idle_timeout=int(environ["STACK_IDLE_TIMEOUT"]),
            busy_limit=int(environ["STACK_BUSY_LIMIT"]),
            notebook_environment=notebook_environment(environ),
        )


def notebook_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The PyPI mirror and the proxies for pip in a notebook.

    An address that carries a user name or a password is left out: every notebook user, and `docker inspect`, would show it.
    """
    proxy, no_proxy = environ.get("HTTPS_PROXY") or environ.get("HTTP_PROXY", ""), environ.get("NO_PROXY", "")
    wanted = {"PIP_INDEX_URL": environ.get("STACK_PYPI_MIRROR", "")}
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        wanted[name] = wanted[name.lower()] = environ.get(name, "")
    if proxy:
        wanted["NO_PROXY"] = wanted["no_proxy"] = ",".join(filter(None, ["hub", "localhost", "127.0.0.1", no_proxy]))
    return {name: value for name, value in wanted.items() if value and "@" not in value}

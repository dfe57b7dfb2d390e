"""Docker, asked beside the spawner: whether it answers, and which containers of notebook servers there are."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import docker
import requests
from docker.errors import DockerException, NotFound

SILENT = (DockerException, requests.RequestException, TimeoutError)
"""What a call ends with that Docker refuses, breaks off or does not answer."""


@dataclass(frozen=True)
class Server:
    """The container of a notebook server, running or not."""

    id: str
    user: str
    name: str


def silence() -> str:
    """Why Docker does not answer; "" when it does."""
    try:
        with contextlib.closing(docker.from_env(timeout=5).api) as client:
            client.ping()
    except SILENT as error:
        return str(error) or type(error).__name__
    return ""


def servers(label: str, stack: str) -> list[Server]:
    """The containers of the stack's notebook servers. Raises one of SILENT."""
    with contextlib.closing(docker.from_env().api) as client:
        found = client.containers(all=True, filters={"label": f"{label}.stack={stack}"})
    return [Server(item["Id"], item["Labels"][f"{label}.user"], item["Labels"].get(f"{label}.server", "")) for item in found]


def remove(ident: str) -> None:
    """Stop a container, with time to end by itself, and remove it. Raises one of SILENT."""
    with contextlib.closing(docker.from_env().api) as client, contextlib.suppress(NotFound):
        client.stop(ident)
        client.remove_container(ident, v=True, force=True)

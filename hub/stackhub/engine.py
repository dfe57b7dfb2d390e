"""Calls to Docker outside of a spawner: whether it is available, and the containers of notebook servers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import docker
import requests
from docker.errors import DockerException, NotFound

from contract import names

DOCKER_ERRORS = (DockerException, requests.RequestException, TimeoutError)
"""What a call to Docker raises if it fails, is cut off or gets no answer."""


@dataclass(frozen=True)
class Server:
    """A notebook server's container, running or stopped, with its user's name and the server's name ("" for the default)."""

    id: str
    user: str
    name: str


def connection_error() -> str:
    """Why Docker is not available; "" if it is."""
    try:
        with contextlib.closing(docker.from_env(timeout=5).api) as client:
            client.ping()
    except DOCKER_ERRORS as error:
        return str(error) or type(error).__name__
    return ""


def servers(stack: str) -> list[Server]:
    """The containers of the stack's notebook servers. Raises one of DOCKER_ERRORS."""
    with contextlib.closing(docker.from_env().api) as client:
        containers = client.containers(all=True, filters={"label": f"{names.STACK}={stack}"})
    return [Server(item["Id"], item["Labels"][names.USER], item["Labels"].get(names.SERVER, "")) for item in containers]


def remove(ident: str) -> None:
    """Stop a container gracefully and remove it. Raises one of DOCKER_ERRORS."""
    with contextlib.closing(docker.from_env().api) as client, contextlib.suppress(NotFound):
        client.stop(ident)
        client.remove_container(ident, v=True, force=True)

"""Errors of the Docker SDK as errors for a person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import docker.errors
import requests

from stackctl.engine import endpoint
from stackctl.errors import CheckFailedError, NotRunningError, StackError


class MountGoneError(StackError):
    """A file that is mounted into a container does not exist any more: Docker can do nothing with any of its files."""


@contextlib.contextmanager
def reported(action: str, hint: str = "") -> Iterator[None]:
    """Turn an error of the engine, or no answer from it, into a StackError: Docker could not do `action`."""
    try:
        yield
    except docker.errors.APIError as error:
        raise StackError(f"Docker could not {action}: {error.explanation or error}", hint) from error
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise StackError(f"Docker could not {action}: {error}", hint) from error


def unreachable(error: Exception) -> StackError:
    """The error for a failed connection: CheckFailedError if this user may not use Docker, else NotRunningError."""
    if "Permission denied" in str(error):
        return CheckFailedError(
            "You have no permission to use Docker: only root and the group docker may.",
            "Use sudo, or: sudo usermod -aG docker $USER, and sign in again.",
        )
    if host := endpoint.host():
        return NotRunningError(
            f"Docker does not answer at {host} (DOCKER_HOST).", "For this server's own: unset DOCKER_HOST"
        )
    return NotRunningError("Docker does not answer on this machine.", "Start it with everything else: sudo bin/stackctl up")

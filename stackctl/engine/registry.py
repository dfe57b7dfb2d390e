"""What the Docker Engine asks registries for: a part of Engine (client.py)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import docker
import docker.errors
import requests
import urllib3

from stackctl.errors import NoDataError, StackError


class EngineRegistry:
    """The engine's calls that a registry answers, each on its own connection."""

    def served(self, reference: str, timeout: float) -> tuple[str, str]:
        """The digest and media type of what a registry serves as `reference` now. Raises StackError as `pull` does."""
        with _registry_client(timeout) as client:
            descriptor = client.images.get_registry_data(reference).attrs["Descriptor"]
            return str(descriptor["digest"]), str(descriptor["mediaType"])

    def search(self, word: str, timeout: float) -> list[dict[str, Any]]:
        """Docker Hub's search results for a word. Raises StackError as `pull` does."""
        with _registry_client(timeout) as client:
            return list(client.api.search(word))

    def pull(self, reference: str, timeout: float) -> Iterator[dict[str, Any]]:
        """The events of a pull, each with `status` and `id`.

        Raises StackError if the registry refuses or cannot be reached, NoDataError after `timeout` seconds without data.
        """
        with _registry_client(timeout) as client:
            for event in client.api.pull(reference, stream=True, decode=True):
                if "error" in event or "errorDetail" in event:
                    detail = event.get("errorDetail") or {}
                    raise StackError(str(event.get("error") or detail.get("message") or "Docker gives no reason"))
                yield event


@contextlib.contextmanager
def _registry_client(timeout: float) -> Iterator[docker.DockerClient]:
    """A new connection to the engine for one call that a registry answers. Raises StackError with its reason."""
    try:
        with contextlib.closing(docker.from_env(timeout=int(timeout))) as client:
            send = client.api.send
            # the SDK's pull ignores the client's timeout, and would wait forever
            client.api.send = lambda request, **options: send(request, **options | {"timeout": timeout})  # type: ignore[method-assign]
            yield client
    except docker.errors.APIError as error:
        raise StackError(str(error.explanation or error)) from error
    except docker.errors.DockerException as error:  # for instance about the file with the passwords of `docker login`
        raise StackError(str(error)) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise NoDataError(f"the registry sent nothing for {timeout:.0f} seconds") from error
    except (requests.ConnectionError, urllib3.exceptions.HTTPError, OSError) as error:
        if "timed out" in str(error):  # how requests reports a timeout in the middle of a stream
            raise NoDataError(f"the registry sent nothing for {timeout:.0f} seconds") from error
        raise StackError(f"the connection to Docker was lost: {error}") from error

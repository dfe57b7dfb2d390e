"""What the Docker Engine asks registries for: a part of engine.py's Engine, and imported there only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import docker
import docker.errors
import requests
import urllib3

from stackctl.errors import SilenceError, StackError


class EngineRegistry:
    """Calls to the engine that a registry answers, each over a connection of its own."""

    def served(self, reference: str, silence: float) -> tuple[str, str]:
        """The digest of what a registry serves as `reference` now, and its media type. Raises StackError as `pull` does."""
        with _registry_asked(silence) as client:
            found = client.images.get_registry_data(reference).attrs["Descriptor"]
            return str(found["digest"]), str(found["mediaType"])

    def search(self, word: str, silence: float) -> list[dict[str, Any]]:
        """What Docker Hub finds for a word. Raises StackError as `pull` does."""
        with _registry_asked(silence) as client:
            return list(client.api.search(word))

    def pull(self, reference: str, silence: float) -> Iterator[dict[str, Any]]:
        """The events of a pull, each with `status` and `id`.

        Raises StackError when a registry refuses, cannot be reached, or says nothing for `silence` seconds.
        """
        with _registry_asked(silence) as client:
            for event in client.api.pull(reference, stream=True, decode=True):
                if "error" in event or "errorDetail" in event:
                    detail = event.get("errorDetail") or {}
                    raise StackError(str(event.get("error") or detail.get("message") or "the engine does not say why"))
                yield event


@contextlib.contextmanager
def _registry_asked(silence: float) -> Iterator[docker.DockerClient]:
    """A connection of its own to the engine, for what it asks a registry. Raises StackError with its words."""
    try:
        with contextlib.closing(docker.from_env(timeout=int(silence))) as client:
            send = client.api.send
            # the SDK's pull waits for ever, whatever the client's timeout
            client.api.send = lambda request, **given: send(request, **given | {"timeout": silence})  # type: ignore[method-assign]
            yield client
    except docker.errors.APIError as error:
        raise StackError(str(error.explanation or error)) from error
    except docker.errors.DockerException as error:  # where `docker login` keeps its passwords, for one
        raise StackError(str(error)) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise SilenceError(f"no word from the registry for {silence:.0f} seconds") from error
    except (requests.ConnectionError, urllib3.exceptions.HTTPError, OSError) as error:
        if "timed out" in str(error):  # so does requests name what ends a stream in the middle
            raise SilenceError(f"no word from the registry for {silence:.0f} seconds") from error
        raise StackError(f"Docker has broken off: {error}") from error

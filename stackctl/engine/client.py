"""The Docker Engine's API, for what the docker command does not give. The modules of engine/ alone import the docker SDK."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests

from stackctl.engine import endpoint
from stackctl.engine.errors import unreachable
from stackctl.engine.files import EngineFiles
from stackctl.engine.images import EngineImages
from stackctl.engine.networks import EngineNetworks
from stackctl.engine.registry import EngineRegistry
from stackctl.engine.volumes import EngineVolumes


class Engine(EngineFiles, EngineImages, EngineNetworks, EngineRegistry, EngineVolumes):
    """A connection to the Docker Engine.

    Raises NotRunningError if it does not answer, CheckFailedError if this user may not use it. `timeout`: seconds per call.
    """

    def __init__(self, timeout: int = 60) -> None:
        self._creating = threading.Lock()
        endpoint.check_context()
        try:
            self._client = docker.from_env(timeout=timeout)
            self.version: dict[str, Any] = self._client.version()
        except (docker.errors.DockerException, requests.RequestException) as error:
            raise unreachable(error) from error

    @property
    def api(self) -> docker.APIClient:
        """The API itself, for calls that the SDK has no method for. Put calls that can fail into `reported`."""
        return self._client.api

    def info(self) -> dict[str, Any]:
        """What `docker info` shows."""
        return dict(self._client.info())

    @property
    def folder(self) -> Path:
        """The folder on the engine's machine with its data."""
        return Path(self.info()["DockerRootDir"])

    @property
    def runtimes(self) -> list[str]:
        """The names of the engine's container runtimes."""
        return sorted(self.info().get("Runtimes", {}))

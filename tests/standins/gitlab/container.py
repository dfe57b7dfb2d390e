"""A stand-in that runs in a container, for tests of the running stack."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from types import TracebackType

import docker
import docker.errors
import requests
from docker.models.containers import Container

from tests.standins.building import build
from tests.standins.gitlab.client import Control

FOLDER = Path(__file__).parent
IMAGE = "stacktest-gitlab"
START_SECONDS = 30
CA_FILE = "/home/git/ca.pem"
"""In the container."""


class Gitlab:
    """A stand-in in the container `name` on the Docker network `network`, from __enter__ to __exit__.

    `url` holds the container's IP address, so that this machine and every container on `network` reach it.
    `ca_file`: its CA's certificate, on this machine; None with plain=True. `control` drives it.
    """

    url: str
    control: Control

    def __init__(self, name: str, network: str, prefix: str = "", *, plain: bool = False) -> None:
        self.name, self.network, self.prefix, self.plain = name, network, prefix, plain
        self._docker = docker.from_env()
        self._folder = tempfile.TemporaryDirectory(prefix=f"{name}-")
        self.ca_file = None if plain else Path(self._folder.name) / "ca.pem"
        self._container: Container | None = None

    def __enter__(self) -> Gitlab:
        image = build(FOLDER, IMAGE)
        self.remove()
        options = [
            "--host",
            "0.0.0.0",
            "--port",
            "80" if self.plain else "443",
            "--prefix",
            self.prefix,
            "--ca-file",
            CA_FILE,
        ]
        command = ["python3", "-m", "tests.standins.gitlab", *options, *(["--plain"] if self.plain else [])]
        try:
            self._container = self._docker.containers.run(
                image, command, name=self.name, network=self.network, detach=True, init=True
            )
            self._wait(self._container)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.remove()
        self._folder.cleanup()
        self._docker.close()

    def remove(self) -> None:
        """Remove the container, even one that an earlier run left."""
        with contextlib.suppress(docker.errors.NotFound):
            self._docker.containers.get(self.name).remove(force=True)

    def logs(self) -> str:
        """The last lines that it printed."""
        return bytes(self._container.logs(tail=60)).decode(errors="replace") if self._container else ""

    def _wait(self, container: Container) -> None:
        """Wait until it answers at its own address, with its own certificate."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(container):
            if time.monotonic() > deadline or container.status == "exited":
                raise AssertionError(f"the stand-in does not answer after {START_SECONDS} s:\n{self.logs()}")
            time.sleep(0.1)

    def _answers(self, container: Container) -> bool:
        container.reload()
        if container.status != "running":
            return False
        address = container.attrs["NetworkSettings"]["Networks"][self.network]["IPAddress"]
        self.url = f"http{'' if self.plain else 's'}://{address}{self.prefix}"
        if self.ca_file and not self._copy_ca(container, self.ca_file):
            return False
        self.control = Control(self.url, str(self.ca_file) if self.ca_file else True)
        try:
            return self.control.requests() == []
        except requests.ConnectionError:
            return False

    def _copy_ca(self, container: Container, to: Path) -> bool:
        """Copy the CA's certificate to this machine. Returns whether it exists yet."""
        shown = container.exec_run(["cat", CA_FILE])
        assert isinstance(shown.output, bytes)
        to.write_bytes(shown.output)
        return shown.exit_code == 0 and len(shown.output) > 0

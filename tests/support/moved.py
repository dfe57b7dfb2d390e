"""A stack on a server of its own, with the images that are built here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker

from tests.support.running import Stack
from tests.support.server import Server, server
from tests.support.talk import Talk

BASE = "debian:trixie-slim"


class MovedStack(Stack):
    """A stack whose folder has the same path on a server, and which runs there from `move` on."""

    server: Server | None = None

    def move(self, server: Server) -> None:
        """Run every command on the server from now on."""
        self.server, self.address = server, server.cable.server
        self.docker = docker.DockerClient(server.docker_host)
        self.configure()

    def environment(self, **variables: str) -> dict[str, str]:
        return self.server.environment | variables if self.server else super().environment(**variables)

    def run(self, *command: str, **options: Any) -> Talk:
        return super().run(*(self.server.entered(*command, folder=self.root) if self.server else command), **options)


@contextmanager
def stack_on_a_server(folder: Path, root: Path = Path("/")) -> Iterator[MovedStack]:
    """Build a stack here, and run it there, where `up` has nothing to build. Its checkout is in `folder`.

    `root`: the root folder of the server, which is this machine's own by default.
    """
    stack = MovedStack(folder / "checkout")
    stack.ctl("build", seconds=900)
    config = json.loads(stack.run("docker", "compose", "--profile", "singleuser", "config", "--format", "json").out)
    images = {service["image"] for service in config["services"].values()}
    if root != Path("/"):
        subprocess.run(["rm", "-rf", str(stack.root / ".venv")], check=True)  # it is of this machine's Python
    with server(folder, root=root, images=[BASE, *sorted(images)]) as there:
        stack.move(there)
        stack.first_up = stack.ctl("up", "--yes", seconds=300)
        yield stack

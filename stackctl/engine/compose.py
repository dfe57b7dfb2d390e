"""Docker Compose and buildx, through python-on-whales: its only importer."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.checkout import worktree
from stackctl.engine import endpoint
from stackctl.errors import DISK_FULL, CheckFailedError, StackError, disk_full
from stackctl.ui import signals

if TYPE_CHECKING:
    from python_on_whales import DockerClient

INTERRUPTED = 130
NOTEBOOKS = "singleuser"
"""The Compose profile of the notebook images, and the folder where they are."""

NO_SUBNET = re.compile(r"non-overlapping IPv4|address pools have been fully subnetted|Pool overlaps with other one", re.I)
"""What Docker says when its address pools are used up, in its versions, or when somebody else has the addresses."""

FILES = ("compose.yaml", "compose.override.yaml")
"""Compose's files with the services."""

SOURCES = {
    "NGINX": ["nginx"],
    # so that the proxy, through which everybody's connections go, is not replaced for a change of the hub's pages
    "PROXY": ["hub/Dockerfile", "hub/start-proxy", "hub/package-lock.json"],
    "HUB": ["hub", "contract"],
    "GATE": ["gate", "contract"],
    "WALLS": ["walls", "contract"],
}
"""What each service's image is made of: its revision is the last commit that changed any of it."""


class Compose:
    """The stack's compose.yaml. Every method raises StackError with Compose's last lines when it fails.

    `environment`: the settings, as compose.yaml reads them. `secrets_revision`: a hash of the operator's secrets: when
    they change, the hub's configuration has changed, and Compose replaces its container.
    """

    def __init__(self, root: Path, environment: Mapping[str, str], secrets_revision: Callable[[], str]) -> None:
        self._root = root
        self._environment = dict(environment)
        self._secrets_revision = secrets_revision

    def services(self) -> list[str]:
        """The names of the services."""
        return sorted(self._config["services"])

    def images(self) -> dict[str, str]:
        """The image that each service is built as, by the service's name."""
        return {name: service["image"] for name, service in self._config["services"].items()}

    @cached_property
    def _config(self) -> dict[str, Any]:
        return dict(json.loads(self._output("config", "--format", "json")))

    def hashes(self) -> dict[str, str]:
        """A hash of each service's configuration, the one that Compose labels its containers with."""
        return dict(line.split() for line in self._output("config", "--hash", "*", more=self._secrets()).splitlines())

    def _output(self, *words: str, more: Mapping[str, str] | None = None) -> str:
        """What a Compose command prints. Without python-on-whales, which takes a third of a second to import."""
        command, environment = self._command(*words, more=more)
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise reason(words[0], ran.stderr)
        return ran.stdout

    def _command(self, *words: str, more: Mapping[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        """A Compose command, and its environment."""
        command = ["docker", "compose", "--project-directory", str(self._root), *words]
        return command, endpoint.for_compose() | self._variables(more)

    def build(self, names: list[str], *, fresh: bool = False) -> Iterator[str]:
        """Build images of services or notebooks, none of which is based on another: buildx's progress, line by line.

        `fresh`: without the build cache.
        """
        sources = SOURCES | {f"SINGLEUSER_{path.name.upper()}": [f"{NOTEBOOKS}/{path.name}"] for path in self._variants()}
        revisions = {f"STACKCTL_REVISION_{name}": worktree.revision(self._root, *paths) for name, paths in sources.items()}
        with self._running("build", revisions, [NOTEBOOKS]) as client:
            lines = client.compose.build(services=names, cache=not fresh, progress="plain", stream_logs=True)
            for _, chunk in lines:
                yield chunk.decode(errors="replace").rstrip("\n")

    def _variants(self) -> list[Path]:
        """The folders of notebook images."""
        return sorted(path.parent for path in (self._root / NOTEBOOKS).glob("*/Dockerfile"))

    def up(self) -> None:
        """Create and start what is not running as it should be. Ctrl-C waits for that.

        Cut off in the middle of a replacement, Compose leaves a container under a name that is in its way the next time. So
        it outlives a stackctl that is killed: it writes into a file, not a pipe that breaks, and has the lock meanwhile.
        """
        command, environment = self._command("up", "--detach", "--remove-orphans", "--no-build", more=self._secrets())
        with tempfile.TemporaryFile("w+") as output, signals.deferred():
            ran = subprocess.run(
                command,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                close_fds=False,
                check=False,
            )
            if ran.returncode != 0:
                output.seek(0)
                raise reason("up", output.read())

    def create(self, service: str) -> None:
        """Create a service's container, with its volumes, where there is none; do not start it."""
        with self._running("create", self._secrets()) as client:
            client.compose.create([service], no_build=True, no_recreate=True)

    def stop(self, services: list[str]) -> None:
        """Stop services; their containers stay."""
        with self._running("stop") as client:
            client.compose.stop(services)

    def restart(self, services: list[str]) -> None:
        """Restart services."""
        with self._running("restart") as client:
            client.compose.restart(services)

    def down(self, *, volumes: bool) -> None:
        """Remove containers and networks, and with `volumes` the stack's own volumes."""
        with self._running("down") as client:
            client.compose.down(remove_orphans=True, volumes=volumes, quiet=True)

    def logs(self, services: list[str], *, follow: bool, tail: str) -> Iterator[tuple[str, bytes]]:
        """What services printed, as (stream, bytes)."""
        with self._running("logs") as client:
            yield from client.compose.logs(services, follow=follow, tail=tail, stream=True)

    def _variables(self, more: Mapping[str, str] | None) -> dict[str, str]:
        """The variables that compose.yaml reads; the operator's file of images among them, "" if it does not exist."""
        local = worktree.LOCAL_IMAGES if (self._root / worktree.LOCAL_IMAGES).exists() else ""
        return self._environment | {worktree.LOCAL_IMAGES_VARIABLE: local} | dict(more or {})

    def _secrets(self) -> dict[str, str]:
        return {"STACKCTL_SECRETS": self._secrets_revision()}

    @contextlib.contextmanager
    def _running(
        self, subcommand: str, more: Mapping[str, str] | None = None, profiles: list[str] | None = None
    ) -> Iterator[DockerClient]:
        """A client with the settings, and `more`, in this process's environment: python-on-whales hands on no other."""
        # imported here, where it is needed: it takes a third of a second
        from python_on_whales import DockerClient
        from python_on_whales.exceptions import DockerException

        try:
            with _environment(self._variables(more)):
                yield DockerClient(compose_project_directory=self._root, compose_profiles=profiles or [])
        except DockerException as error:
            if error.return_code == INTERRUPTED:  # Ctrl-C goes to Compose too, and it may be the first to end
                raise KeyboardInterrupt from None
            raise reason(subcommand, str(error.stderr)) from error


_changing_environment = threading.RLock()


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the block; other threads that want others wait until it ends."""
    with _changing_environment:
        before = dict(os.environ)
        for name in endpoint.ignored():
            del os.environ[name]
        os.environ.update(values)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def plugin(name: str, *options: str) -> str | None:
    """What one of docker's plugins says of its version; None when it is missing. Raises CheckFailedError without docker."""
    try:
        ran = subprocess.run(["docker", name, "version", *options], capture_output=True, text=True, check=False, timeout=20)
    except FileNotFoundError:
        hint = "Install docker-cli (Debian) or docker.io (Ubuntu)."
        raise CheckFailedError("The docker command is not on PATH.", hint) from None
    except subprocess.TimeoutExpired:
        raise CheckFailedError(f"`docker {name} version` did not end within 20 seconds.") from None
    return ran.stdout.strip() if ran.returncode == 0 else None


def reason(subcommand: str, output: str) -> StackError:
    """The error for what Compose printed last."""
    detail = "\n".join(output.splitlines()[-12:])
    if DISK_FULL in output.lower():
        full = disk_full(f": `docker compose {subcommand}` failed")
        return StackError(full.message, full.hint, detail=detail)
    if NO_SUBNET.search(output):
        return StackError(
            "Docker has no addresses left for the stack's networks: other networks have them.",
            "Remove those that nobody uses: docker network prune. Or give Docker more: docs/doctor.md, 'Addresses'.",
            detail=detail,
        )
    return StackError(f"`docker compose {subcommand}` failed.", "See: stackctl logs", detail=detail)

"""Docker Compose and buildx, through python-on-whales: its only importer."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException

from stackctl import project, signals
from stackctl.errors import FULL, CheckFailedError, StackError, disk_full
from stackctl.hub_secrets import HubSecrets
from stackctl.settings import Settings

INTERRUPTED = 130
NOTEBOOKS = "singleuser"
"""The Compose profile of the notebook images, and the folder where they are."""

NO_SUBNET = re.compile(r"non-overlapping IPv4|address pools have been fully subnetted|Pool overlaps with other one", re.I)
"""What Docker says when its address pools are used up, in its versions, or when somebody else has the addresses."""

FILES = ("compose.yaml", "compose.override.yaml", f"{NOTEBOOKS}/compose.yaml")
"""What Compose reads."""

SOURCES = {
    "NGINX": ["nginx"],
    # so that the proxy, through which everybody's connections go, is not replaced for a change of the hub's pages
    "PROXY": ["hub/Dockerfile", "hub/start-proxy", "hub/package-lock.json"],
    "HUB": ["hub"],
    "GATE": ["gate"],
    "WALLS": ["walls"],
}
"""What each service's image is made of: its revision is the last commit that changed any of it."""


class Compose:
    """The stack's compose.yaml, with the settings in force.

    Every method raises StackError with Compose's last lines when it fails.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        # python-on-whales hands this process's environment on, and takes no other
        os.environ.update(settings.environment())
        self._root = root
        self._settings = settings
        self._client = DockerClient(compose_project_directory=root)
        self._with_notebooks = DockerClient(compose_project_directory=root, compose_profiles=[NOTEBOOKS])

    def services(self) -> list[str]:
        """The names of the services that run."""
        return sorted(self._config["services"])

    def images(self) -> dict[str, str]:
        """The image that each service is built as, by the service's name."""
        return {name: service["image"] for name, service in self._config["services"].items()}

    @cached_property
    def _config(self) -> dict[str, Any]:
        with _reported("config"):
            return dict(self._client.compose.config(return_json=True))

    def hashes(self) -> dict[str, str]:
        """A hash of each service's configuration, the one that Compose labels its containers with."""
        self._note_secrets()
        command = [*self._client.client_config.docker_compose_cmd, "config", "--hash", "*"]
        ran = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise reason("config", ran.stderr)
        return dict(line.split() for line in ran.stdout.splitlines())

    def build(self, names: list[str], *, fresh: bool = False) -> Iterator[str]:
        """Build images, of services or notebook images, that do not stand on each other: buildx's progress, line by line.

        `fresh`: with no step of an earlier build.
        """
        sources = SOURCES | {f"SINGLEUSER_{path.name.upper()}": [f"{NOTEBOOKS}/{path.name}"] for path in self._variants()}
        revisions = {name: project.revision(self._root, *paths) for name, paths in sources.items()}
        os.environ.update({f"STACKCTL_REVISION_{name}": revision for name, revision in revisions.items()})
        with _reported("build"):
            for _, chunk in self._with_notebooks.compose.build(
                services=names, cache=not fresh, progress="plain", stream_logs=True
            ):
                yield chunk.decode(errors="replace").rstrip("\n")

    def _variants(self) -> list[Path]:
        """The folders of notebook images."""
        return sorted(path.parent for path in (self._root / NOTEBOOKS).glob("*/Dockerfile"))

    def up(self) -> None:
        """Create and start what is not running as it should be. Ctrl-C waits for that.

        Cut off in the middle of a replacement, Compose leaves a container under a name that is in its way the next time. So
        it outlives a stackctl that is killed: it writes into a file, not a pipe that breaks, and has the lock meanwhile.
        """
        self._note_secrets()
        command = [*self._client.client_config.docker_compose_cmd, "up", "--detach", "--remove-orphans", "--no-build"]
        with tempfile.TemporaryFile("w+") as said, signals.deferred():
            ran = subprocess.run(
                [str(part) for part in command],
                stdout=said,
                stderr=said,
                start_new_session=True,
                close_fds=False,
                check=False,
            )
            if ran.returncode != 0:
                said.seek(0)
                raise reason("up", said.read())

    def create(self, service: str) -> None:
        """Create a service's container, with its volumes, where there is none; do not start it."""
        self._note_secrets()
        with _reported("create"):
            self._client.compose.create([service], no_build=True, no_recreate=True)

    def _note_secrets(self) -> None:
        """Other secrets of the operator's are other settings of the hub's, which is then created anew."""
        os.environ["STACKCTL_SECRETS"] = HubSecrets(self._root, self._settings).revision

    def stop(self, services: list[str]) -> None:
        """Stop services and leave them there."""
        with _reported("stop"):
            self._client.compose.stop(services)

    def restart(self, services: list[str]) -> None:
        """Restart services."""
        with _reported("restart"):
            self._client.compose.restart(services)

    def down(self, *, volumes: bool) -> None:
        """Remove containers and networks, and with `volumes` the stack's own volumes."""
        with _reported("down"):
            self._client.compose.down(remove_orphans=True, volumes=volumes, quiet=True)

    def logs(self, services: list[str], *, follow: bool, tail: str) -> Iterator[tuple[str, bytes]]:
        """What services printed, as (stream, bytes)."""
        with _reported("logs"):
            yield from self._client.compose.logs(services, follow=follow, tail=tail, stream=True)


@contextlib.contextmanager
def _reported(subcommand: str) -> Iterator[None]:
    try:
        yield
    except DockerException as error:
        if error.return_code == INTERRUPTED:  # Ctrl-C goes to Compose too, and it may be the first to end
            raise KeyboardInterrupt from None
        raise reason(subcommand, str(error.stderr)) from error


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
    if FULL in output.lower():
        full = disk_full(f": `docker compose {subcommand}` failed")
        return StackError(full.message, full.hint, detail=detail)
    if NO_SUBNET.search(output):
        return StackError(
            "Docker has no addresses left for the stack's networks: other networks have them.",
            "Remove those that nobody uses: docker network prune. Or give Docker more: docs/doctor.md, 'Addresses'.",
            detail=detail,
        )
    return StackError(f"`docker compose {subcommand}` failed.", "See: stackctl logs", detail=detail)

"""What `up` would do with each service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stackctl.engine import Container

CONFIG_HASH = "com.docker.compose.config-hash"
WORKING_DIR = "com.docker.compose.project.working_dir"


@dataclass(frozen=True)
class ServiceState:
    """A service's container: its state, its image, the hash of its configuration, and whether its networks exist."""

    state: str
    image_id: str
    config_hash: str
    connected: bool = True

    @classmethod
    def of(cls, container: Container) -> ServiceState:
        """The state of a container."""
        config_hash = container.labels.get(CONFIG_HASH, "")
        return cls(container.state, container.image_id, config_hash, container.connected)


def service_changes(
    seen: Mapping[str, ServiceState], hashes: Mapping[str, str], image_ids: Mapping[str, str]
) -> dict[str, str]:
    """What to do with each service, and why. A service that runs as configured is left out.

    `hashes`: the configuration hashes that Compose computes now. `image_ids`: the image that each service would run.
    """
    changes: dict[str, str] = {}
    for service, config_hash in hashes.items():
        container = seen.get(service)
        if container is None:
            changes[service] = "create"
        elif container.config_hash != config_hash:
            changes[service] = "recreate (its settings changed)"
        elif container.image_id != image_ids.get(service):
            changes[service] = "recreate (its image changed)"
        elif not container.connected:
            changes[service] = "recreate (it is off its network)"
        elif container.state != "running":
            changes[service] = f"start (it is {container.state})"
    return changes

"""What `up` would do, worked out before it does any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONFIG_HASH = "com.docker.compose.config-hash"
WORKING_DIR = "com.docker.compose.project.working_dir"


@dataclass(frozen=True)
class Seen:
    """A service's container as it is.

    Its state, the image it was made from, the hash of its configuration, and whether its networks are there.
    """

    state: str
    image_id: str
    config_hash: str
    connected: bool = True


def service_changes(seen: Mapping[str, Seen], hashes: Mapping[str, str], image_ids: Mapping[str, str]) -> dict[str, str]:
    """What to do with each service, and why; a service that is running as it should be is left out.

    `hashes` holds the configuration hash that Compose computes now, `image_ids` the image each service would run.
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

"""Publishing what people may choose from: the catalogue file in the gate's container, which hub and gate read."""

from __future__ import annotations

from contract import paths, users
from stackctl.stack.services import Services


def is_published(services: Services, text: str) -> bool:
    """Whether `text` is the catalogue file that hub and gate have."""
    gate = services.find("gate")
    return gate is not None and services.engine.read_archive(gate.id, paths.CATALOGUE) == text


def publish(services: Services, text: str) -> None:
    """Make `text` the catalogue file, from now on and without a restart."""
    services.engine.write_file(services.created("gate"), paths.CATALOGUE, text, owner=users.SERVICE)

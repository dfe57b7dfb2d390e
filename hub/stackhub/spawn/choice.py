"""The choice of an image and a size: what a user may choose, what they chose last time, and whether it is available."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from contract.catalogue import CatalogueFile, Image, Size
from stackhub.spawn.capacity import Capacity, Reservation
from stackhub.spawn.catalogue import Catalogue, RefusedError
from stackhub.spawn.errors import ChoiceError

FILE = CatalogueFile(Catalogue.parse, Catalogue())


class Spawner(Protocol):
    """The part of a spawner that a choice needs. `servers_memory` and `mem_limit` in bytes, `cpu_limit` in CPUs."""

    user: Any
    orm_spawner: Any
    authenticator: Any
    servers_memory: Any
    reservation: Any
    image: Any
    read_only: Any
    cpu_limit: Any
    mem_limit: Any


@dataclass(frozen=True)
class Choices:
    """What a user may choose from, and the preselected image and size."""

    catalogue: Catalogue
    capacity: Capacity
    image: Image
    size: Size

    @property
    def only_one(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self.catalogue.images) == len(self.catalogue.sizes) == 1


def choices(spawner: Spawner) -> Choices:
    """What the server's owner may choose from; their last choice is preselected if it still exists.

    Raises ChoiceError if there is nothing to choose from.
    """
    drop_stale_choice(spawner)
    catalogue = allowed(spawner)
    try:
        image, size = catalogue.choice(spawner.orm_spawner.user_options or {})
    except RefusedError as refusal:
        raise ChoiceError(refusal) from refusal
    return Choices(catalogue, capacity(spawner), image, size)


def drop_stale_choice(spawner: Spawner) -> None:
    """Forget the last choice if it is no longer allowed, so that a start without options uses the defaults."""
    if not allowed(spawner).allows(spawner.orm_spawner.user_options or {}):
        spawner.orm_spawner.user_options = None


def allowed(spawner: Spawner) -> Catalogue:
    """The part of the catalogue that the server's owner may choose from."""
    return FILE.current.for_groups([group.name for group in spawner.user.groups])


def apply(spawner: Spawner, options: dict[str, Any]) -> None:
    """Reserve what was chosen and set the spawner's image and limits. Called before each start.

    There is no await between the check and the reservation, so two starts at the same time can't get the same memory or GPU.
    Raises ChoiceError before anything is started.
    """
    image, size, spawner.reservation = check(spawner, options)
    spawner.image = image.id
    spawner.read_only = image.read_only
    spawner.cpu_limit = size.cpu
    spawner.mem_limit = size.memory


def check(spawner: Spawner, options: dict[str, Any]) -> tuple[Image, Size, Reservation]:
    """The chosen image and size, and what they need. Raises ChoiceError if they are not allowed, or not available now."""
    try:
        image, size = allowed(spawner).choice(options)
        return image, size, capacity(spawner).reserve(image.name, size)
    except RefusedError as refusal:
        raise ChoiceError(refusal) from refusal


def capacity(spawner: Spawner) -> Capacity:
    """The machine's capacity, with the reservations of all other notebook servers."""
    return Capacity(spawner.servers_memory, FILE.current.gpus, tuple(_reservations_of_others(spawner)))


def _reservations_of_others(spawner: Spawner) -> Iterator[Reservation]:
    for user in spawner.authenticator.parent.users.values():
        for other in user.spawners.values():
            if other is not spawner and other.active and other.reservation:
                yield other.reservation


def from_form(data: dict[str, list[str]]) -> dict[str, Any]:
    """The choice in the form's fields."""
    return {name: data[name][0] for name in ("image", "size") if data.get(name)}


def form(spawner: Spawner) -> str:
    """JupyterHub's options_form: empty if there is nothing to choose, so that the server starts at once."""
    return "" if choices(spawner).only_one else "cards"

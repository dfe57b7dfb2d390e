"""Choosing an image and a size: what somebody may choose, what they chose last, and whether the server has room for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .capacity import Capacity, Held
from .catalogue import Catalogue, CatalogueFile, Image, RefusedError, Size
from .start_errors import ChoiceError

if TYPE_CHECKING:
    from .spawner import StackSpawner

FILE = CatalogueFile()


@dataclass(frozen=True)
class Choices:
    """What somebody may choose from, and what is chosen before they do."""

    catalogue: Catalogue
    capacity: Capacity
    image: Image
    size: Size

    @property
    def only_one(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self.catalogue.images) == len(self.catalogue.sizes) == 1


def choices(spawner: StackSpawner) -> Choices:
    """What the server's owner may choose, with what they chose last, where that is still there.

    Raises ChoiceError when there is nothing for them.
    """
    forget_what_is_gone(spawner)
    offered = allowed(spawner)
    try:
        image, size = offered.choice(spawner.orm_spawner.user_options or {})
    except RefusedError as refusal:
        raise ChoiceError(refusal) from refusal
    return Choices(offered, capacity(spawner), image, size)


def forget_what_is_gone(spawner: StackSpawner) -> None:
    """Before a start that names nothing, which takes what was chosen last: unless that cannot be chosen any more."""
    if not allowed(spawner).holds(spawner.orm_spawner.user_options or {}):
        spawner.orm_spawner.user_options = None


def allowed(spawner: StackSpawner) -> Catalogue:
    """What the server's owner may choose from."""
    return FILE.current.for_groups([group.name for group in spawner.user.groups])


def apply(spawner: StackSpawner, options: dict[str, Any]) -> None:
    """Before each start: the image, the limits and the GPUs of what was chosen.

    From looking at what is left to holding it nothing else runs, so that two starts at the same time never get the same.
    Raises ChoiceError, and nothing has been started.
    """
    try:
        image, size = allowed(spawner).choice(options)
        spawner.held = capacity(spawner).take(image.name, size)
    except RefusedError as refusal:
        raise ChoiceError(refusal) from refusal
    spawner.image = image.id
    spawner.read_only = image.read_only
    spawner.cpu_limit = size.cpu
    spawner.mem_limit = size.memory


def capacity(spawner: StackSpawner) -> Capacity:
    """What the server has, and what every other notebook server holds of it."""
    return Capacity(spawner.servers_memory, FILE.current.gpus, tuple(_held_by_others(spawner)))


def _held_by_others(spawner: StackSpawner) -> Iterator[Held]:
    for user in spawner.authenticator.parent.users.values():
        for other in user.spawners.values():
            if other is not spawner and other.active and other.held:
                yield other.held


def from_form(data: dict[str, list[str]]) -> dict[str, Any]:
    """The choice out of the form's fields."""
    return {name: data[name][0] for name in ("image", "size") if data.get(name)}


def form(spawner: StackSpawner) -> str:
    """Not empty where there is something to choose: then ChoicePage shows the cards. Else people come straight in."""
    return "" if choices(spawner).only_one else "cards"

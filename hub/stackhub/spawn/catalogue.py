"""The images and sizes that stackctl has published, and which of them a user may choose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from contract import catalogue
from contract.catalogue import Image, Size


class RefusedError(Exception):
    """A choice that is not allowed. `kind` is a key of errors.REFUSALS, `facts` the values that its sentence names."""

    def __init__(self, kind: str, **facts: Any) -> None:
        super().__init__(f"{kind} {facts or ''}".strip())
        self.kind = kind
        self.facts = facts


Entry = TypeVar("Entry", Image, Size)


@dataclass(frozen=True)
class Catalogue(catalogue.Catalogue):
    """The published catalogue, or the part of it that one user may choose from."""

    @classmethod
    def parse(cls, text: str) -> Catalogue:
        """Read the catalogue file's content. Raises ValueError, TypeError or KeyError where it is invalid."""
        content = catalogue.parse(text)
        return cls(content.images, content.sizes, content.gpus)

    def for_groups(self, groups: Collection[str]) -> Catalogue:
        """The part that members of `groups` may choose from."""
        names = {group.lower() for group in groups}
        return Catalogue(_allowed(self.images, names), _allowed(self.sizes, names), self.gpus)

    def choice(self, options: Mapping[str, Any]) -> tuple[Image, Size]:
        """The image and the size that `options` name, or the defaults. Raises RefusedError for unknown names and options."""
        if unknown := set(options) - {"image", "size"}:
            raise RefusedError("unknown-option", name=", ".join(sorted(str(name)[:50] for name in unknown)[:3]))
        return _named(self.images, "image", options), _named(self.sizes, "size", options)

    def allows(self, options: Mapping[str, Any]) -> bool:
        """Whether `options` name an image and a size that are in this catalogue."""
        try:
            self.choice(options)
        except RefusedError:
            return False
        return True


def _allowed(entries: tuple[Entry, ...], groups: set[str]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if not entry.groups or groups & {group.lower() for group in entry.groups})


def _named(entries: tuple[Entry, ...], kind: str, options: Mapping[str, Any]) -> Entry:
    if not entries:
        raise RefusedError(f"no-{kind}")
    name = options.get(kind)
    if name is None:
        return next((entry for entry in entries if entry.default), entries[0])
    for entry in entries:
        if entry.name == name:
            return entry
    raise RefusedError(f"not-this-{kind}", name=str(name)[:50])

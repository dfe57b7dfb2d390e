"""What need not be built again: each image's id, and what it was built from, as the last `up` left them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackctl import files


@dataclass
class Built:
    """What is remembered in .stack/NAME/built.json."""

    path: Path
    images: dict[str, list[str]] = field(default_factory=dict)
    """By name: the image's id, and a hash of what it was built from."""

    @classmethod
    def read(cls, path: Path) -> Built:
        """What `path` says; nothing where there is no such file, or none that can be read: then everything is built."""
        try:
            said = json.loads(path.read_text())
            return cls(path, {str(name): [str(part) for part in item] for name, item in said.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            return cls(path)

    def unchanged(self, ids: Mapping[str, str], made_of: Callable[[str], str]) -> frozenset[str]:
        """Which of the images here (`ids`, "" for one that is not) a build would leave as they are."""
        return frozenset(name for name, ident in ids.items() if ident and self.images.get(name) == [ident, made_of(name)])

    def note(self, ids: Mapping[str, str], made_of: Callable[[str], str]) -> None:
        """Remember that the images here have just been built."""
        images = {name: [ident, made_of(name)] for name, ident in ids.items() if ident}
        if images != self.images:
            self.images = images
            files.write(self.path, json.dumps(images, indent=2))

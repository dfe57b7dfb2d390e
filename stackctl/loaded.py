"""What came in an archive and need not be built: each image's id, and the hash of what it was built from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackctl import files


@dataclass(frozen=True)
class Standing:
    """How images stand to what was loaded, by name. `kept`: nothing to build; `changed`: other sources than those saved."""

    kept: frozenset[str] = frozenset()
    changed: tuple[str, ...] = ()


@dataclass
class Loaded:
    """What is remembered in .stack/NAME/loaded.json."""

    path: Path
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    """By name: `id`, and `sources`, the hash of what the image was built from."""
    left_out: list[str] = field(default_factory=list)
    """Images of the catalogue that whoever saved the archive did not want in it."""

    @classmethod
    def read(cls, path: Path) -> Loaded:
        """What `path` says; nothing where there is no such file, or none that can be read: then everything is built."""
        try:
            said = json.loads(path.read_text())
            images = {str(name): {key: str(item[key]) for key in ("id", "sources")} for name, item in said["images"].items()}
            return cls(path, images, [str(name) for name in said["left_out"]])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def add(self, images: Mapping[str, dict[str, str]], left_out: list[str]) -> None:
        """Keep what an archive has brought, beside what came before."""
        self.images |= images
        self.left_out = sorted({*self.left_out, *left_out} - set(self.images))
        files.write(self.path, json.dumps({"images": self.images, "left_out": self.left_out}, indent=2))

    def standing(self, ids: Mapping[str, str], sources: Callable[[str], str]) -> Standing:
        """How the images here (`ids`, "" for one that is not) and their sources stand to what was loaded."""
        same = [name for name, item in self.images.items() if ids.get(name) == item["id"]]
        kept = [name for name in same if sources(name) == self.images[name]["sources"]]
        without = [name for name in self.left_out if name in ids and not ids[name]]
        return Standing(frozenset([*kept, *without]), tuple(name for name in same if name not in kept))

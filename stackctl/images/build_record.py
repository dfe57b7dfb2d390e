"""What was built here and what was loaded from an archive: the files built.json and loaded.json in .stack/NAME."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackctl.checkout import files


@dataclass(frozen=True)
class BuildStatus:
    """Which images need no build, by name: a service's, or an image's in the catalogue."""

    built: frozenset[str] = frozenset()
    """Built here from the inputs as they are now."""
    loaded: frozenset[str] = frozenset()
    """Loaded from an archive, with the sources that the checkout has now; or left out of the archive on purpose."""
    changed: tuple[str, ...] = ()
    """Loaded from an archive, but the sources in the checkout have changed since it was saved: `up` builds them."""

    @property
    def up_to_date(self) -> frozenset[str]:
        """The images that need no build."""
        return self.built | self.loaded


@dataclass
class BuiltImages:
    """The file built.json: for each image the id and the inputs of its last build."""

    path: Path
    images: dict[str, list[str]] = field(default_factory=dict)
    """By name: the image's id, and its inputs (Builder.inputs)."""

    @classmethod
    def read(cls, path: Path) -> BuiltImages:
        """Read the file; empty where it is missing or unreadable: then everything is built."""
        try:
            content = json.loads(path.read_text())
            return cls(path, {str(name): [str(part) for part in item] for name, item in content.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            return cls(path)

    def up_to_date(self, ids: Mapping[str, str], inputs: Callable[[str], str]) -> frozenset[str]:
        """The images whose inputs have not changed. `ids`: of the images on this server by name, "" for none."""
        return frozenset(name for name, ident in ids.items() if ident and self.images.get(name) == [ident, inputs(name)])

    def add(self, ids: Mapping[str, str], inputs: Callable[[str], str]) -> None:
        """Record that images have just been built."""
        images = self.images | {name: [ident, inputs(name)] for name, ident in ids.items() if ident}
        if images != self.images:
            self.images = images
            files.write(self.path, json.dumps(images, indent=2))


@dataclass
class LoadedImages:
    """The file loaded.json: the images of the archives that were loaded."""

    path: Path
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    """By name: `id`, and `sources`, the hash of the files that the image was built from."""
    left_out: list[str] = field(default_factory=list)
    """Images of the catalogue that were not chosen when the archive was saved."""

    @classmethod
    def read(cls, path: Path) -> LoadedImages:
        """Read the file; empty where it is missing or unreadable: then everything is built."""
        try:
            content = json.loads(path.read_text())
            images = {
                str(name): {key: str(item[key]) for key in ("id", "sources")} for name, item in content["images"].items()
            }
            return cls(path, images, [str(name) for name in content["left_out"]])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def add(self, images: Mapping[str, dict[str, str]], left_out: list[str]) -> None:
        """Record the images of an archive, in addition to those of earlier archives."""
        self.images |= images
        self.left_out = sorted({*self.left_out, *left_out} - set(self.images))
        files.write(self.path, json.dumps({"images": self.images, "left_out": self.left_out}, indent=2))

    def status(self, ids: Mapping[str, str], sources: Callable[[str], str]) -> BuildStatus:
        """The status of the loaded images. `ids`: of the images on this server by name, "" for none."""
        same = [name for name, item in self.images.items() if ids.get(name) == item["id"]]
        kept = [name for name in same if sources(name) == self.images[name]["sources"]]
        without = [name for name in self.left_out if name in ids and not ids[name]]
        return BuildStatus(loaded=frozenset([*kept, *without]), changed=tuple(name for name in same if name not in kept))

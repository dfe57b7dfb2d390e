"""What people may choose, as the hub is told: the catalogue's images that are here and fit, by id, and the sizes.

By id, so that the hub runs what was checked, whatever has been built or pulled under that name since.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stackctl import files, image_check
from stackctl.catalogue import Catalogue, Image
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError
from stackctl.image_check import Verdict


@dataclass
class Known:
    """What is remembered of images in .stack/NAME/images.json: each one's verdict, by id, and which the hub was told of."""

    path: Path
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    """By the name in the catalogue, the id."""

    @classmethod
    def read(cls, path: Path) -> Known:
        """What `path` says; nothing where there is no such file, or it makes no sense: then it is found out again.

        Raises CheckFailedError when this user may not read it: to go on would mean that nobody is offered anything.
        """
        try:
            said = json.loads(path.read_text())
            verdicts = {ident: Verdict(**verdict) for ident, verdict in said["verdicts"].items()}
            told = {str(name): str(ident) for name, ident in said["told"].items()}
            return cls(path, verdicts, told)
        except PermissionError:
            raise CheckFailedError(
                f"You may not read {path}.", "It is for those who may start the stack: use sudo."
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return cls(path)

    def save(self) -> None:
        """Keep it."""
        verdicts = {ident: asdict(verdict) for ident, verdict in self.verdicts.items()}
        files.write(self.path, json.dumps({"verdicts": verdicts, "told": self.told}, indent=2))

    def verdict(self, engine: Engine, ident: str, *, read_only: bool = False) -> Verdict:
        """The verdict on an image that is here, found out when it is not known yet, or may be another now."""
        known = self.verdicts.get(ident)
        if not known or not known.final or known.read_only != read_only:
            self.verdicts[ident] = image_check.check(engine, ident, read_only=read_only)
        return self.verdicts[ident]


@dataclass(frozen=True)
class Offer:
    """What the hub is told (`text`): the ids of images by name, and why others are missing or are not the newest."""

    text: str
    ids: dict[str, str]
    refused: dict[str, str]


def make(engine: Engine, catalogue: Catalogue, known: Known, gpus: tuple[str, ...] = ()) -> Offer:
    """Look at every image that is offered. One that is not fit is left out, or its former build is kept."""
    images, refused, ids = [], {}, {}
    for image in catalogue.offered:
        ident, reason = _usable(engine, image, known)
        if reason:
            refused[image.name] = reason
        if ident:
            ids[image.name] = ident
            images.append(_entry(image, ident))
    sizes = [size.model_dump() for size in catalogue.sizes]
    text = json.dumps({"images": images, "sizes": sizes, "gpus": gpus}, indent=2, ensure_ascii=False)
    return Offer(text, ids, refused)


def _usable(engine: Engine, image: Image, known: Known) -> tuple[str, str]:
    """The id to run, "" for none; and why it is not the one that the image's name stands for, "" when it is."""
    ident = engine.image_id(image.reference)
    former = known.told.get(image.name, "")
    former = former if former and engine.has_image(former) else ""
    if not ident:
        return former, "it is not on this server"
    if reason := known.verdict(engine, ident, read_only=image.read_only).reason:
        return former, reason
    return ident, ""


def _entry(image: Image, ident: str) -> dict[str, Any]:
    return image.model_dump(include={"name", "title", "description", "groups", "default", "read_only"}) | {"id": ident}

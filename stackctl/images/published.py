"""The published catalogue: the images and sizes that hub and gate get from stackctl.

Images are named by id, so that the hub runs what was checked, even after a newer build or pull under the same name.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract import catalogue as contract
from stackctl.catalogue import Catalogue, Image, Size
from stackctl.engine import Engine
from stackctl.images.image_cache import ImageCache


@dataclass(frozen=True)
class PublishedCatalogue:
    """What hub and gate get. `rejected`: by name, why an image is missing or an older build is published."""

    content: contract.Catalogue
    rejected: dict[str, str]

    @property
    def ids(self) -> dict[str, str]:
        """The published images' ids by name."""
        return {image.name: image.id for image in self.content.images}

    @property
    def text(self) -> str:
        """The file's content, as hub and gate read it."""
        return self.content.dump()


def collect(engine: Engine, catalogue: Catalogue, cache: ImageCache, gpus: tuple[str, ...] = ()) -> PublishedCatalogue:
    """Check every offered image. One that fails is left out, or its last good build is kept. `gpus`: the server's, by id."""
    images, rejected = [], {}
    for image in catalogue.offered:
        ident, reason = _usable(engine, image, cache)
        if reason:
            rejected[image.name] = reason
        if ident:
            images.append(_image(image, ident))
    return PublishedCatalogue(contract.Catalogue(tuple(images), tuple(map(_size, catalogue.sizes)), gpus), rejected)


def _usable(engine: Engine, image: Image, cache: ImageCache) -> tuple[str, str]:
    """The id to publish, "" for none; and why it is not the newest build, "" when it is."""
    ident = engine.image_id(image.reference)
    previous = cache.published.get(image.name, "")
    previous = previous if previous and engine.has_image(previous) else ""
    if not ident:
        return previous, "it is not on this server"
    if reason := cache.verdict(engine, ident, read_only=image.read_only).reason:
        return previous, reason
    return ident, ""


def _image(image: Image, ident: str) -> contract.Image:
    return contract.Image(image.name, ident, image.title, image.description, image.groups, image.default, image.read_only)


def _size(size: Size) -> contract.Size:
    return contract.Size(**dict(size))

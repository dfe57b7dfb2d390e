"""Builds the stack's images, and tells which are up to date."""

from __future__ import annotations

import time
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from stackctl.catalogue import Catalogue, Image
from stackctl.checkout import secrets
from stackctl.engine import Engine
from stackctl.engine.compose import Compose
from stackctl.errors import StackError, explain_interrupt
from stackctl.images import base, inputs
from stackctl.images.build_log import follow
from stackctl.images.build_record import BuildStatus, BuiltImages, LoadedImages
from stackctl.settings import Settings
from stackctl.ui import console


@dataclass(frozen=True)
class Builder:
    """Builds the images of services and of the catalogue from the checkout at `root`."""

    root: Path
    settings: Settings
    catalogue: Catalogue
    engine: Engine
    compose: Compose

    @property
    def _folder(self) -> Path:
        return secrets.folder(self.root, self.settings.stack_name)

    @cached_property
    def built(self) -> BuiltImages:
        """What was built here, and from which inputs."""
        return BuiltImages.read(self._folder / "built.json")

    @cached_property
    def loaded(self) -> LoadedImages:
        """What was loaded from an archive, and need not be built."""
        return LoadedImages.read(self._folder / "loaded.json")

    def sources(self, name: str) -> str:
        """The hash of the files in the checkout that an image is built from."""
        return inputs.digest(self.root, inputs.files(self.root, inputs.paths(self.root, self.catalogue, name)))

    def inputs(self, name: str) -> str:
        """All that an image is built from: hashes of its sources and its definition, ids of its parents."""
        definition = inputs.definition(self.root, self.catalogue, name)
        parents = inputs.parents(self.catalogue, name, self.settings.stack_base_image, self.engine.image_id)
        return f"{self.sources(name)} {definition} {parents}"

    def status(self, ids: Mapping[str, str]) -> BuildStatus:
        """The build status of images. `ids`: by name, the id of the image that this server has; "" for none."""
        return replace(self.loaded.status(ids, self.sources), built=self.built.up_to_date(ids, self.inputs))

    def record(self, ids: Mapping[str, str]) -> None:
        """Remember the inputs of images that have just been built. `ids`: as `status` takes them."""
        self.built.add(ids, self.inputs)

    @explain_interrupt()
    def build(self, services: list[str], images: list[Image], kept: Container[str] = (), *, fresh: bool = False) -> None:
        """Build services' images, and notebook images after their parents; leave out those `kept`.

        `fresh` ignores the build cache. Raises StackError that names the failed step.
        """
        levels = [[image.name for image in level if image.folder] for level in self.catalogue.levels(images)] or [[]]
        levels[0] = services + levels[0]
        levels = [[name for name in level if name not in kept] for level in levels]
        for level in filter(None, levels):
            follow(self.compose.build(level, fresh=fresh))

    def build_and_report(self, services: list[str], images: list[Image], *, fresh: bool = False) -> None:
        """Build, and print what was built. Raises StackError for an image that is pulled, and when a step fails.

        `fresh`: update the base image first and ignore the build cache, for the newest Debian packages.
        """
        if pulled := " ".join(image.name for image in images if image.folder is None):
            raise StackError(f"{pulled} is not built here.", f"Pull it: stackctl images pull {pulled}")
        base.ensure(self.engine, self.settings, fresh=fresh)
        begun = time.monotonic()
        self.build(services, images, fresh=fresh)
        references = {name: self.compose.images()[name] for name in services}
        references |= {image.name: image.reference for image in self.catalogue.with_parents(images)}
        self.record({name: self.engine.image_id(reference) for name, reference in references.items()})
        console.done(f"Built in {time.monotonic() - begun:.0f} s: {', '.join(references)}. To run them: stackctl up")

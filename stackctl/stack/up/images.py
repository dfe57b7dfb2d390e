"""The images of services and notebooks: pulled, built, checked, published."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from contract import memory
from stackctl.errors import CheckFailedError, StackError, explain_interrupt
from stackctl.host import machine
from stackctl.images import base, published
from stackctl.images.build_record import BuildStatus
from stackctl.images.lock import Lock
from stackctl.images.published import PublishedCatalogue
from stackctl.images.pull import not_here, pull
from stackctl.stack import publishing
from stackctl.stack.stack import Stack
from stackctl.ui import console


@dataclass
class PullImages:
    """Pulls the images of the catalogue that are not built here and are missing."""

    stack: Stack
    failed: dict[str, StackError] = field(default_factory=dict)
    """What could not be pulled, by name. People keep the image they have."""

    def __post_init__(self) -> None:
        self._lock = Lock.read(self.stack.root)

    def todo(self) -> list[str]:
        return [f"pull {image.reference}" for image in not_here(self.stack.engine, self._lock, self.stack.catalogue)]

    def do(self) -> None:
        images = not_here(self.stack.engine, self._lock, self.stack.catalogue)
        self.failed = pull(self.stack.engine, self._lock, images)
        if pulled := [image.name for image in images if image.name not in self.failed]:
            console.done(f"Images pulled: {', '.join(pulled)}")


@dataclass
class BuildImages:
    """Builds the images whose files have changed since they were built. `try_docker`: first see that a container starts."""

    stack: Stack
    try_docker: bool
    done: bool = False

    def __post_init__(self) -> None:
        notebooks = self.stack.catalogue.with_parents(self.stack.catalogue.offered)
        self._references = self.stack.compose.images() | {item.name: item.reference for item in notebooks if item.folder}
        self._before = self._ids()
        self._status = self.stack.builder.status(self._before)

    def _ids(self) -> dict[str, str]:
        return {name: self.stack.engine.image_id(reference) for name, reference in self._references.items()}

    @property
    def pending(self) -> list[str]:
        """The services and notebook images that are to be built."""
        return [] if self.done else [name for name in self._references if name not in self._status.up_to_date]

    def todo(self) -> list[str]:
        base_image = self.stack.settings.stack_base_image
        first = [f"pull or make the base image {base_image}"]
        first = first if self.pending and not self.stack.engine.has_image(base_image) else []
        return [*first, *(f"build {self._references[name]}{self._why(name)}" for name in self.pending)]

    def _why(self, name: str) -> str:
        if name in self._status.changed:
            return ": its files have changed since the archive was saved"
        return ": its files have changed" if self._before[name] else ""

    def do(self) -> None:
        pending = self.pending
        with _explained(self._status):
            if pending:
                base.ensure(self.stack.engine, self.stack.settings)
            if self.try_docker:
                image = self.stack.settings.stack_base_image if pending else self._before["hub"]
                self.stack.engine.once(image, ["true"], stack=self.stack.name)
                console.done("A container runs.")
            if new := sorted(name for name in pending if not self._before[name]):
                console.say(f"Building {', '.join(new)}. The first build takes a few minutes.")
            services, notebooks = self.stack.compose.services(), self.stack.catalogue.offered
            self.stack.builder.build(services, notebooks, self._status.up_to_date)
        self.stack.builder.record(self._ids())
        self.done = True
        if pending:
            console.done("Images built.")


@contextlib.contextmanager
def _explained(status: BuildStatus) -> Iterator[None]:
    """When a loaded image has to be built after all, and that fails, say why it was built."""
    try:
        yield
    except StackError as error:
        if not status.changed:
            raise
        raise StackError(
            f"The files of {', '.join(status.changed)} have changed since the archive was saved, and the image cannot be "
            f"built here: {error.message}",
            "Unpack the archive's files again (tar xf FILE). Or change them where there is a network, and save again there.",
            detail=error.detail,
        ) from error


@dataclass
class CheckImages:
    """Checks that the notebook images work, each once. Raises CheckFailedError when none does."""

    stack: Stack
    pulling: PullImages
    catalogue: PublishedCatalogue | None = None

    def todo(self) -> list[str]:
        return [f"check {name}" for name in self.unchecked]

    @property
    def unchecked(self) -> list[str]:
        """The images that are here and were not checked yet, by name."""
        cache, engine = self.stack.image_cache, self.stack.engine
        images = [(item, engine.image_id(item.reference)) for item in self.stack.catalogue.offered]
        return [item.name for item, ident in images if ident and not cache.is_checked(ident, read_only=item.read_only)]

    @explain_interrupt()
    def do(self) -> None:
        with console.Working("checking the notebook images"):
            self.catalogue = self.collect()
        for name, reason in (dict.fromkeys(self.pulling.failed, "") | self.catalogue.rejected).items():
            self._warn(name, reason, kept=name in self.catalogue.ids)
        self.stack.image_cache.save()
        if not self.catalogue.ids:
            raise CheckFailedError("No notebook image works: nobody could start a server.", "See: stackctl images list")

    def collect(self) -> PublishedCatalogue:
        """The catalogue as people may choose from it. Checks the images that were not checked yet."""
        catalogue, settings = self.stack.catalogue, self.stack.settings
        gpus = machine.gpus() if any(size.gpus for size in catalogue.sizes) else ()
        fitting = catalogue.within(machine.cpus(), memory.limit(settings.stack_servers_memory, machine.memory()))
        return published.collect(self.stack.engine, fitting, self.stack.image_cache, gpus)

    def _warn(self, name: str, reason: str, *, kept: bool) -> None:
        consequence = "People keep its previous version." if kept else "Nobody can choose it."
        if error := self.pulling.failed.get(name):
            console.warn(f"The image {name} could not be pulled: {error.message} {consequence}")
            console.say(f"  {error.hint}")
        else:
            console.warn(f"The image {name} does not work: {reason}. {consequence} More: stackctl images check {name}")


@dataclass
class Publish:
    """Publishes what people can choose, without a restart."""

    stack: Stack
    building: BuildImages
    checking: CheckImages

    def todo(self) -> list[str]:
        notebooks = [name for name in self.building.pending if name not in self.stack.compose.images()]
        if not self.checking.catalogue and (notebooks or self.checking.pulling.todo() or self.checking.unchecked):
            return ["publish the images that work"]
        catalogue = self.checking.catalogue or self.checking.collect()
        if publishing.is_published(self.stack.services, catalogue.text):
            return []
        return [f"publish what people can choose: {', '.join(catalogue.ids)}"]

    def do(self) -> None:
        catalogue = self.checking.catalogue or self.checking.collect()
        if self.todo():
            publishing.publish(self.stack.services, catalogue.text)
        self.stack.image_cache.published = catalogue.ids
        self.stack.image_cache.save()

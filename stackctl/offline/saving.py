"""Saves images, the checkout and Python packages as an archive."""

from __future__ import annotations

import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackctl import __version__
from stackctl.catalogue import LOCAL_IMAGES, Image
from stackctl.checkout import worktree
from stackctl.engine import Engine, transfer
from stackctl.errors import CheckFailedError, StackError
from stackctl.images import base, inputs
from stackctl.images.builder import Builder
from stackctl.offline import archive, wheels
from stackctl.offline.archive import Writer
from stackctl.offline.manifest import Manifest, SavedImage
from stackctl.ui import console
from stackctl.ui.units import size

LEVEL = 1
"""Of compression: 6 takes three times as long and saves a tenth more."""

PROGRAMS = ("bin", "stackctl", "contract")
"""What a checkout needs in addition to the files that images are built from."""

SHARE = 0.5
"""The share of the images' size that must be free on the disk; compressed, they take about a third."""


@dataclass(frozen=True)
class Contents:
    """What goes into an archive."""

    references: dict[str, str]
    """The images' references by name."""
    built_from: dict[str, list[str]]
    """The files that each image is built from, by the image's name."""
    files: list[str]
    """All files of the checkout, relative to its root."""
    left_out: list[str]
    """Offered images that were not chosen, by name."""


def contents(builder: Builder, images: list[Image]) -> Contents:
    """The contents of an archive with the services' images and `images`.

    Raises CheckFailedError when an image cannot be in an archive, or the checkout is not a git checkout.
    """
    root, catalogue = builder.root, builder.catalogue
    for image in images:
        _check(builder, image)
    references = builder.compose.images() | {image.name: image.reference for image in images}
    paths = {name: inputs.paths(root, catalogue, name) for name in references}
    files = worktree.files(root, {*PROGRAMS, *(path for below in paths.values() for path in below)})
    files += [LOCAL_IMAGES] if (root / LOCAL_IMAGES).is_file() else []  # git ignores it
    built_from = {name: inputs.within(files, below) for name, below in paths.items()}
    left_out = [item.name for item in catalogue.offered if item.name not in references]
    return Contents(references, built_from, files, left_out)


def _check(builder: Builder, image: Image) -> None:
    """Raises CheckFailedError for an image that is missing, or that the other server would not find."""
    if image.folder:
        if not image.folder.resolve().is_relative_to(builder.root.resolve()):
            problem = f"{image.name} is built in {image.folder}, outside of the checkout, which would not be saved."
            raise CheckFailedError(problem, f"Move it into {builder.root}/singleuser.")
    elif "@" in image.reference:
        problem = f"The reference of {image.name} has a digest, which a loaded image does not have."
        raise CheckFailedError(problem, "Use a tag in the catalogue.")
    elif not builder.engine.has_image(image.reference):
        raise CheckFailedError(f"{image.name} is not on this server.", f"Pull it: stackctl images pull {image.name}")


def build(builder: Builder, chosen: Contents, images: list[Image]) -> None:
    """Build the images from the files as they are now, because the archive has both."""
    ids = {name: builder.engine.image_id(reference) for name, reference in chosen.references.items()}
    kept = builder.status(ids).up_to_date
    if chosen.references.keys() - kept:
        base.ensure(builder.engine, builder.settings)
    builder.build(builder.compose.services(), images, kept)


def write(builder: Builder, file: Path, chosen: Contents) -> Manifest:
    """Write the archive. Raises CheckFailedError when there is not enough room, StackError when writing fails."""
    engine = Engine(timeout=600)
    ids = [engine.image_id(reference) for reference in chosen.references.values()]
    about = transfer.unpacked_size(engine, ids)
    _check_room(file.parent, int(about * SHARE))
    try:
        with tempfile.TemporaryDirectory(prefix="stackctl-") as folder, Writer(file) as writer:
            pythons = _add_wheels(writer, Path(folder), builder)
            for name in chosen.files:
                writer.add_file(name, builder.root / name)
            manifest = Manifest(
                version=__version__,
                stack=builder.settings.stack_name,
                created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                platform=transfer.platform(engine),
                store=transfer.store(engine),
                pythons=pythons,
                unpacked=_add_images(writer, engine, ids, about),
                images=_saved_images(builder, chosen, ids),
                left_out=chosen.left_out,
            )
            writer.add(archive.MANIFEST, [manifest.model_dump_json(indent=2).encode()])
    except OSError as error:
        raise archive.write_error(error, file) from error
    return manifest


def _check_room(folder: Path, needed: int) -> None:
    """Raises CheckFailedError when fewer than `needed` bytes are free in `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CheckFailedError(
            f"There is not enough room in {folder}: {size(needed)} may be needed, {size(free)} are free.",
            "Choose another place. Or save fewer images: stackctl images save FILE NAME",
        )


def _saved_images(builder: Builder, chosen: Contents, ids: list[str]) -> list[SavedImage]:
    """The manifest's entries. `ids`: of the images, in the order of `chosen.references`."""
    return [
        SavedImage(name=name, reference=reference, id=ident, sources=inputs.digest(builder.root, chosen.built_from[name]))
        for (name, reference), ident in zip(chosen.references.items(), ids, strict=True)
    ]


def _add_wheels(writer: Writer, folder: Path, builder: Builder) -> list[str]:
    """Add the Python packages; the versions of Python that they are for."""
    with console.Working("downloading Python packages"):
        failed = wheels.download(builder.root / "requirements.lock", folder, builder.settings)
    for python, reason in failed.items():
        console.warn(f"Packages for Python {python} could not be downloaded: {reason.splitlines()[-1]}")
    for wheel in sorted(folder.glob("*.whl")):
        writer.add_file(f"{archive.WHEELS}/{wheel.name}", wheel)
    return [python for python in dict.fromkeys([*wheels.PYTHONS, wheels.HERE]) if python not in failed]


def _add_images(writer: Writer, engine: Engine, ids: list[str], about: int) -> int:
    """Add the images, compressed; their size before that, in bytes."""
    seen = 0
    with console.Working("saving images: Docker prepares them") as working:

        def compressed() -> Iterator[bytes]:
            nonlocal seen
            packer = zlib.compressobj(LEVEL, wbits=31)  # 31: gzip's format
            for chunk in transfer.export(engine, ids):
                seen += len(chunk)
                working.text = f"saving images: {size(seen)} of about {size(about)}"
                yield packer.compress(chunk)
            yield packer.flush()

        writer.add(archive.IMAGES, compressed())
    if not seen:
        raise StackError("Docker exported nothing.", "See: docker images")
    return seen

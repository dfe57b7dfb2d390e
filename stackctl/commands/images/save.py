"""`stackctl images save`."""

from __future__ import annotations

import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from stackctl import __version__, archive, base_image, console, image_transfer, project, sources, wheels
from stackctl.archive import Writer
from stackctl.build import build
from stackctl.catalogue import Image
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError, StackError
from stackctl.manifest import Manifest, SavedImage
from stackctl.overview import size
from stackctl.stack import Stack

EXAMPLES = """
stackctl images save /mnt/stick/stackhub.tar         everything for a server without a network, in one file
stackctl images save /mnt/stick/stackhub.tar scipy   of the notebook images only this one, and what it stands on
"""
LEVEL = 1
"""Of compression: 6 takes three times as long for a tenth less."""

RUNS = ("bin", "stackctl")
"""What a checkout needs beside what images are made of: new files below them are saved, too."""

SHARE = 0.5
"""Of the images' size, what there must be room for; compressed, they take about a third."""


@dataclass(frozen=True)
class Contents:
    """What goes into an archive: images by name, the files that each is made of, and all files of the checkout."""

    references: dict[str, str]
    made_of: dict[str, list[str]]
    files: list[str]
    left_out: list[str]


def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Notebook images; else those on offer.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be in it, and stop.")] = False,
) -> None:
    """Save images, checkout and Python packages as one archive, for a server without a network."""
    stack = Stack.load()
    file = file.absolute()
    archive.check_new(file)
    images = stack.catalogue.with_parents(stack.catalogue.chosen(names or []))
    contents = _contents(stack, images)
    if dry_run:
        what = f"{', '.join(contents.references)}, {len(contents.files)} files of the checkout, and Python packages"
        console.say(f"Would save {what}.")
        return
    _build(stack, contents.references, images)
    begun = time.monotonic()
    manifest = _write(stack, file, contents)
    took = f"{time.monotonic() - begun:.0f} s"
    console.done(f"Saved in {took}: {file}, {size(file.stat().st_size)} ({', '.join(contents.references)})")
    pythons = ", ".join(manifest.pythons)
    console.say(f"  For {manifest.platform} and Python {pythons}. Neither .env nor accounts nor people's files are in it.")
    console.say(f"  There: tar xf {file.name}, then {archive.FOLDER}/bin/stackctl images load (docs/images.md)")


def _contents(stack: Stack, images: list[Image]) -> Contents:
    """What there is to save. Raises CheckFailedError when something of it cannot be."""
    for image in images:
        _can_be_carried(stack, image)
    references = stack.compose.images() | {image.name: image.reference for image in images}
    paths = {name: sources.paths(stack.root, stack.catalogue, name) for name in references}
    files = project.files(stack.root, {*RUNS, *(path for below in paths.values() for path in below)})
    made_of = {name: sources.among(files, below) for name, below in paths.items()}
    return Contents(
        references, made_of, files, [item.name for item in stack.catalogue.offered if item.name not in references]
    )


def _write(stack: Stack, file: Path, contents: Contents) -> Manifest:
    """Write the archive. Raises CheckFailedError when there is no room for it."""
    engine = Engine(timeout=600)
    ids = [engine.image_id(reference) for reference in contents.references.values()]
    about = image_transfer.unpacked_size(engine, ids)
    if (free := shutil.disk_usage(file.parent).free) < (needed := int(about * SHARE)):
        raise CheckFailedError(
            f"There is not enough room in {file.parent}: the archive may need {size(needed)}, {size(free)} are free.",
            "Give another place; or save fewer images: stackctl images save FILE NAME",
        )
    try:
        with tempfile.TemporaryDirectory(prefix="stackctl-") as folder, Writer(file) as writer:
            pythons = _add_wheels(writer, Path(folder), stack)
            for name in contents.files:
                writer.add_file(name, stack.root / name)
            manifest = Manifest(
                version=__version__,
                stack=stack.name,
                created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                platform=image_transfer.platform(engine),
                store=image_transfer.store(engine),
                pythons=pythons,
                unpacked=_add_images(writer, engine, ids, about),
                images=[_saved(stack, engine, name, contents) for name in contents.references],
                left_out=contents.left_out,
            )
            writer.add(archive.MANIFEST, [manifest.model_dump_json(indent=2).encode()])
    except OSError as error:
        raise archive.write_error(error, file) from error
    return manifest


def _can_be_carried(stack: Stack, image: Image) -> None:
    """Raises CheckFailedError for an image that is pulled and not here, or that would not be found again there."""
    if image.folder:
        if not image.folder.resolve().is_relative_to(stack.root.resolve()):
            where = f"{image.name} is built in {image.folder}, outside of the checkout"
            raise CheckFailedError(f"{where}, which alone is saved.", f"Move it into {stack.root}/singleuser.")
    elif "@" in image.reference:
        reason = "a loaded image has its tag and no digest"
        raise CheckFailedError(f"{image.name} is named by its digest; {reason}.", "Name it by a tag in the catalogue.")
    elif not stack.engine.has_image(image.reference):
        raise CheckFailedError(f"{image.name} is not on this server.", f"Get it first: stackctl images pull {image.name}")


def _build(stack: Stack, references: dict[str, str], images: list[Image]) -> None:
    """Have the images as their files are now: the archive holds both."""
    standing = stack.standing({name: stack.engine.image_id(reference) for name, reference in references.items()})
    if references.keys() - standing.kept:
        base_image.ensure(stack.engine, stack.settings)
    build(stack, stack.compose.services(), images, standing.kept)


def _add_wheels(writer: Writer, folder: Path, stack: Stack) -> list[str]:
    """Add the Python packages; the versions of Python that they are for."""
    with console.Working("fetching Python packages"):
        failed = wheels.download(stack.root / "requirements.lock", folder, stack.settings)
    for python, reason in failed.items():
        console.warn(f"There are no packages for Python {python}: {reason.splitlines()[-1]}")
    for wheel in sorted(folder.glob("*.whl")):
        writer.add_file(f"{archive.WHEELS}/{wheel.name}", wheel)
    return [python for python in dict.fromkeys([*wheels.PYTHONS, wheels.HERE]) if python not in failed]


def _add_images(writer: Writer, engine: Engine, ids: list[str], about: int) -> int:
    """Add the images, compressed; their bytes before that."""
    seen = 0
    with console.Working("saving images: Docker puts them together") as working:

        def compressed() -> Iterator[bytes]:
            nonlocal seen
            packer = zlib.compressobj(LEVEL, wbits=31)  # 31: gzip's form
            for chunk in image_transfer.export(engine, ids):
                seen += len(chunk)
                working.text = f"saving images: {size(seen)} of about {size(about)}"
                yield packer.compress(chunk)
            yield packer.flush()

        writer.add(archive.IMAGES, compressed())
    if not seen:
        raise StackError("Docker has handed out nothing.", "See: docker images")
    return seen


def _saved(stack: Stack, engine: Engine, name: str, contents: Contents) -> SavedImage:
    said = engine.image(contents.references[name])
    labels = said["Config"].get("Labels") or {}
    return SavedImage(
        name=name,
        reference=contents.references[name],
        id=said["Id"],
        digest=next(iter(said.get("RepoDigests") or []), ""),
        size=said["Size"],
        revision=labels.get("org.opencontainers.image.revision", ""),
        sources=sources.digest(stack.root, contents.made_of[name]),
    )

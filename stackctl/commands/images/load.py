"""`stackctl images load`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import psutil
import typer

from stackctl import archive, console, image_transfer
from stackctl.archive import Archive, Packed, Unpacked
from stackctl.engine import Engine
from stackctl.errors import CheckFailedError, StackError
from stackctl.manifest import Manifest, parse
from stackctl.overview import size
from stackctl.stack import Stack

EXAMPLES = """
stackctl images load                           in the folder that an archive unpacks to (tar xf FILE)
stackctl images load --dry-run                 only look whether all is there and whole
stackctl images load /mnt/stick/stackhub.tar   from an archive, into the checkout that is in use
"""
ROOM = 2
"""How often the images' size must be free: Docker unpacks the archive before it takes the layers out of it."""


def load(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The archive, or its folder; this checkout when left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, and change nothing.")] = False,
) -> None:
    """Load what `stackctl images save` has saved, after checking all of it. Then `stackctl up` needs no network."""
    stack = Stack.load()
    found = _open(file or stack.root)
    listed = archive.sums(found)
    archive.verify(found, {archive.MANIFEST: listed[archive.MANIFEST]})
    manifest = parse(found.open(archive.MANIFEST).read())
    _fits(stack, manifest)
    references = _references(stack, manifest)
    if _is_loaded(stack, manifest, references):
        console.done(f"Nothing to do: {', '.join(references)} are loaded. Next: stackctl up")
        return
    _verify(found, listed)
    missing = [item.name for item in manifest.images if not stack.engine.has_image(item.id)]
    if missing:
        _room(stack, manifest)
    if dry_run:
        console.say(f"The archive is whole. Would load {', '.join(references)}.")
        return
    begun = time.monotonic()
    if missing:
        _load(found, manifest)
    for item in manifest.images:
        stack.engine.tag(item.id, references[item.name])
    kept = {item.name: {"id": item.id, "sources": item.sources} for item in manifest.images}
    stack.loaded.add(kept, manifest.left_out)
    console.done(f"Loaded in {time.monotonic() - begun:.0f} s: {', '.join(references)}. Next: stackctl up")
    for item in manifest.images:
        if stack.sources(item.name) != item.sources:
            console.warn(f"{item.name}: the files here are not those that it was built from, and `up` will build it.")


def _open(path: Path) -> Archive:
    path = path.absolute()
    if path.is_dir() and not (path / archive.CARRIED).is_dir():
        raise CheckFailedError(
            f"{path} was not unpacked from an archive: there is no folder {archive.CARRIED} in it.",
            "Name the archive: stackctl images load FILE",
        )
    return Unpacked(path) if path.is_dir() else Packed(path)


def _fits(stack: Stack, manifest: Manifest) -> None:
    """Raises CheckFailedError when the engine here cannot run these images, NotRunningError when there is none."""
    here = image_transfer.platform(stack.engine)
    if here != manifest.platform:
        raise CheckFailedError(
            f"The archive is for {manifest.platform}, and this server is {here}.", "Save it on a server of the same kind."
        )
    if (kind := image_transfer.store(stack.engine)) != manifest.store:
        wanted = "true" if manifest.store == "containerd" else "false"
        raise CheckFailedError(
            f"Docker keeps images in {kind}'s way here, in {manifest.store}'s where they were saved: ids differ.",
            f'In /etc/docker/daemon.json: {{"features": {{"containerd-snapshotter": {wanted}}}}}, and restart Docker.',
        )


def _references(stack: Stack, manifest: Manifest) -> dict[str, str]:
    """What the images are called here, by name: the stack may have another name. Raises CheckFailedError."""
    known = stack.compose.images() | {image.name: image.reference for image in stack.catalogue.images}
    if strange := [item.name for item in manifest.images if item.name not in known]:
        raise CheckFailedError(
            f"This checkout has no image {', '.join(strange)}, as the archive has.",
            f"Use the checkout in the archive: tar xf FILE, then {archive.FOLDER}/bin/stackctl images load",
        )
    return {item.name: known[item.name] for item in manifest.images}


def _is_loaded(stack: Stack, manifest: Manifest, references: dict[str, str]) -> bool:
    remembered = stack.loaded.images
    return all(
        stack.engine.image_id(references[item.name]) == item.id
        and remembered.get(item.name) == {"id": item.id, "sources": item.sources}
        for item in manifest.images
    )


def _verify(found: Archive, listed: dict[str, str]) -> None:
    seen = 0
    with console.Working("checking the archive") as working:

        def count(read: int) -> None:
            nonlocal seen
            seen += read
            working.text = f"checking the archive: {size(seen)}"

        archive.verify(found, listed, count)


def _room(stack: Stack, manifest: Manifest) -> None:
    folder, needed = stack.engine.folder, ROOM * manifest.unpacked
    if not folder.is_dir():  # Docker is on another machine, or hides it
        return
    if (free := psutil.disk_usage(str(folder)).free) < needed:
        raise CheckFailedError(
            f"There is not enough room for the images in {folder}: {size(needed)} are needed, {size(free)} are free.",
            "Make room there; see what Docker could do without: docker system df",
        )


def _load(found: Archive, manifest: Manifest) -> None:
    """Give the images to Docker. Raises StackError when one is not there afterwards with the id that it had."""
    total, sent = found.size(archive.IMAGES), 0
    with console.Working("loading images") as working, found.open(archive.IMAGES) as file:

        def counted() -> Iterator[bytes]:
            nonlocal sent
            for chunk in archive.chunks_of(file):
                sent += len(chunk)
                working.text = f"loading images: Docker has {size(sent)} of {size(total)}"
                yield chunk

        def taken(count: int) -> None:
            working.text = f"loading images: {size(count)} of about {size(manifest.unpacked)} unpacked"

        engine = Engine(timeout=600)
        loaded = image_transfer.load(engine, counted(), taken)
    if wrong := [item.name for item in manifest.images if item.id not in loaded or not engine.has_image(item.id)]:
        raise StackError(f"Docker has loaded {', '.join(wrong)} under another id than the archive's.", "See: docker images")

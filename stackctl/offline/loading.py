"""Loads the images of an archive into Docker, after checking all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from stackctl.engine import Engine, transfer
from stackctl.errors import CheckFailedError, StackError
from stackctl.images.builder import Builder
from stackctl.offline import archive
from stackctl.offline.archive import Archive, Packed, Unpacked
from stackctl.offline.manifest import Manifest, parse
from stackctl.ui import console
from stackctl.ui.units import size

ROOM = 2
"""The free space needed, in sizes of the images: Docker unpacks the archive before it extracts the layers."""


def find(path: Path) -> Archive:
    """The archive in a file or a folder. Raises CheckFailedError when there is none."""
    path = path.absolute()
    if path.is_dir() and not (path / archive.CARRIED).is_dir():
        raise CheckFailedError(
            f"{path} was not unpacked from an archive: it has no folder {archive.CARRIED}.",
            "Name the archive: stackctl images load FILE",
        )
    return Unpacked(path) if path.is_dir() else Packed(path)


def manifest(opened: Archive, sums: dict[str, str]) -> Manifest:
    """The archive's manifest. Raises CheckFailedError when it is damaged."""
    archive.verify(opened, {archive.MANIFEST: sums[archive.MANIFEST]})
    return parse(opened.open(archive.MANIFEST).read())


def check_server(engine: Engine, listed: Manifest) -> None:
    """Raises CheckFailedError when this server's Docker cannot run the images, NotRunningError without Docker."""
    here = transfer.platform(engine)
    if here != listed.platform:
        raise CheckFailedError(
            f"The archive is for {listed.platform}, but this server is {here}.", "Save it on a server of the same kind."
        )
    if (kind := transfer.store(engine)) != listed.store:
        setting = "true" if listed.store == "containerd" else "false"
        raise CheckFailedError(
            f"Docker stores images in the {kind} store here, and stored them in the {listed.store} store where they "
            "were saved: their ids differ.",
            f'In /etc/docker/daemon.json: {{"features": {{"containerd-snapshotter": {setting}}}}}, and restart Docker.',
        )


def references(builder: Builder, listed: Manifest) -> dict[str, str]:
    """The images' references here by name: this stack may have another name. Raises CheckFailedError for unknown images."""
    here = builder.compose.images() | {image.name: image.reference for image in builder.catalogue.images}
    if unknown := [item.name for item in listed.images if item.name not in here]:
        raise CheckFailedError(
            f"This checkout does not have the archive's image {', '.join(unknown)}.",
            f"Use the checkout in the archive: tar xf FILE, then {archive.FOLDER}/bin/stackctl images load",
        )
    return {item.name: here[item.name] for item in listed.images}


def is_loaded(builder: Builder, listed: Manifest, names: dict[str, str]) -> bool:
    """Whether all images of the archive are here, under their references in `names`."""
    return all(
        builder.engine.image_id(names[item.name]) == item.id
        and builder.loaded.images.get(item.name) == {"id": item.id, "sources": item.sources}
        for item in listed.images
    )


def verify(opened: Archive, sums: dict[str, str]) -> None:
    """Compare all parts with their checksums. Raises CheckFailedError that names the damaged parts."""
    seen = 0
    with console.Working("checking the archive") as working:

        def count(read: int) -> None:
            nonlocal seen
            seen += read
            working.text = f"checking the archive: {size(seen)}"

        archive.verify(opened, sums, count)


def check_room(engine: Engine, listed: Manifest) -> None:
    """Raises CheckFailedError when Docker's disk has too little room for the images."""
    folder, needed = engine.folder, ROOM * listed.unpacked
    if not folder.is_dir():  # Docker is on another machine, or hides it
        return
    if (free := psutil.disk_usage(str(folder)).free) < needed:
        raise CheckFailedError(
            f"There is not enough room for the images in {folder}: {size(needed)} are needed, {size(free)} are free.",
            "Free some space. To see what Docker uses: docker system df",
        )


def load(opened: Archive, listed: Manifest) -> None:
    """Load the images into Docker. Raises StackError when one is missing afterwards."""
    total, sent = opened.size(archive.IMAGES), 0
    with console.Working("loading images") as working, opened.open(archive.IMAGES) as file:

        def counted() -> Iterator[bytes]:
            nonlocal sent
            for chunk in archive.chunks_of(file):
                sent += len(chunk)
                working.text = f"loading images: {size(sent)} of {size(total)} sent to Docker"
                yield chunk

        def extracted(count: int) -> None:
            working.text = f"loading images: {size(count)} of about {size(listed.unpacked)} extracted"

        engine = Engine(timeout=600)
        loaded = transfer.load(engine, counted(), extracted)
    if wrong := [item.name for item in listed.images if item.id not in loaded or not engine.has_image(item.id)]:
        raise StackError(f"Docker has loaded {', '.join(wrong)} with another id than the archive's.", "See: docker images")

"""`stackctl images load`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from stackctl.offline import archive, loading
from stackctl.offline.manifest import Manifest
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images load                           in the folder that `tar xf` unpacked
stackctl images load --dry-run                 only check the archive
stackctl images load /mnt/stick/stackhub.tar   from a file
"""


def load(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The archive, or its folder; by default this checkout.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and change nothing.")] = False,
) -> None:
    """Load the images of an archive, after checking all of it. Then `stackctl up` needs no network."""
    stack = Stack.load()
    opened = loading.find(file or stack.root)
    sums = archive.sums(opened)
    manifest = loading.manifest(opened, sums)
    loading.check_server(stack.engine, manifest)
    references = loading.references(stack.builder, manifest)
    names = ", ".join(references)
    if loading.is_loaded(stack.builder, manifest, references):
        console.done(f"Nothing to do: {names} are loaded. Next: stackctl up")
        return
    loading.verify(opened, sums)
    missing = [item.name for item in manifest.images if not stack.engine.has_image(item.id)]
    if missing:
        loading.check_room(stack.engine, manifest)
    if dry_run:
        console.say(f"The archive is complete. Would load {names}.")
        return
    begun = time.monotonic()
    if missing:
        loading.load(opened, manifest)
    _record(stack, manifest, references)
    console.done(f"Loaded in {time.monotonic() - begun:.0f} s: {names}. Next: stackctl up")
    _warn_of_changed_files(stack, manifest)


def _record(stack: Stack, manifest: Manifest, references: dict[str, str]) -> None:
    """Give the images their references here, and record what they were built from, so that `up` does not build them."""
    for item in manifest.images:
        stack.engine.tag(item.id, references[item.name])
    loaded = {item.name: {"id": item.id, "sources": item.sources} for item in manifest.images}
    stack.builder.loaded.add(loaded, manifest.left_out)


def _warn_of_changed_files(stack: Stack, manifest: Manifest) -> None:
    for item in manifest.images:
        if stack.builder.sources(item.name) != item.sources:
            console.warn(f"{item.name}: its files in this checkout differ from those that were saved. `up` will build it.")

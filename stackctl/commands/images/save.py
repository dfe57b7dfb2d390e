"""`stackctl images save`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from stackctl.commands.images.options import Offered
from stackctl.offline import archive, saving
from stackctl.stack import Stack
from stackctl.ui import console
from stackctl.ui.units import size

EXAMPLES = """
stackctl images save /mnt/stick/stackhub.tar         all images that are offered
stackctl images save /mnt/stick/stackhub.tar scipy   one image, with those it is based on
"""


def save(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write.")],
    names: Offered = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be saved.")] = False,
) -> None:
    """Save images, checkout and Python packages in one file, for a server without a network."""
    stack = Stack.load()
    file = file.absolute()
    archive.check_new(file)
    images = stack.catalogue.with_parents(stack.catalogue.chosen(names or []))
    contents = saving.contents(stack.builder, images)
    saved = ", ".join(contents.references)
    if dry_run:
        console.say(f"Would save {saved}, {len(contents.files)} files of the checkout, and Python packages.")
        return
    saving.build(stack.builder, contents, images)
    begun = time.monotonic()
    manifest = saving.write(stack.builder, file, contents)
    console.done(f"Saved in {time.monotonic() - begun:.0f} s: {file}, {size(file.stat().st_size)} ({saved})")
    console.say(f"  For {manifest.platform} and Python {', '.join(manifest.pythons)}.")
    console.say("  Without .env, sizes.local.yaml, accounts and users' files.")
    console.say(f"  There: tar xf {file.name}, then {archive.FOLDER}/bin/stackctl images load (docs/images.md)")

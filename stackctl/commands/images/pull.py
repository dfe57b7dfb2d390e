"""`stackctl images pull`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.commands.images.options import Names, external
from stackctl.errors import Exit
from stackctl.images.lock import Lock
from stackctl.images.pull import pull as pull_images
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images pull           all that are offered and not built here
stackctl images pull scipy     one image
stackctl images pull --all     images that are not offered too
"""


def pull(
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="Also images that are not offered.")] = False,
) -> None:
    """Pull the images that are not built here. Skips what this server has."""
    stack = Stack.load()
    images = external(stack, names, every=every)
    if not images:
        console.say("Nothing to pull: all images are built here. To add one from a registry: stackctl images add --help")
        return
    lock = Lock.read(stack.root)
    before = {image.name: stack.engine.image_id(image.reference) for image in images}
    failed = pull_images(stack.engine, lock, images)
    for image in images:
        if image.name not in failed:
            new = stack.engine.image_id(image.reference) != before[image.name]
            locked = ", as locked" if lock.digest(image.reference) else ""
            console.done(f"{image.name}: {image.reference} {'pulled' if new else 'is up to date'}{locked}.")
    for name, error in failed.items():
        if error.detail:
            console.say(f"  {error.detail}")
        console.warn(f"{name}: {error.message}")
        console.say(f"  {error.hint}")
    if len(failed) < len(images):
        console.say("  To publish new images: stackctl up")
    if failed:
        console.say(f"  Not pulled: {', '.join(failed)}")
        raise typer.Exit(Exit.FAILED)

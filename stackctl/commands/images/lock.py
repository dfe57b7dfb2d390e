"""`stackctl images lock`."""

from __future__ import annotations

import typer

from stackctl.commands.images.options import Names, external
from stackctl.engine.reference import Reference
from stackctl.errors import Exit, StackError
from stackctl.images.lock import FILE, Lock, Locked
from stackctl.images.pull import STALL_TIMEOUT
from stackctl.images.registry_errors import explain
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images lock          all images that are not built here
stackctl images lock scipy    one image
"""


def lock(names: Names = None) -> None:
    """Lock images to the digests that their tags have now. Pulls use these from then on."""
    stack = Stack.load()
    images = [image for image in external(stack, names, every=True) if not Reference.parse(image.reference).digest]
    locked, failed = Lock.read(stack.root), False
    for image in images:
        try:
            with console.Working(f"contacting the registry of {image.reference}"):
                served = Locked.served(*stack.engine.served(image.reference, STALL_TIMEOUT))
        except StackError as error:
            problem = explain(image.reference, error.message)
            console.warn(f"{image.name}: {problem.message} Its entry was not changed.")
            console.say(f"  {problem.hint}")
            failed = True
            continue
        previous = locked.entries.get(image.reference)
        locked.entries[image.reference] = served
        how = "as before" if previous == served else f"was {previous.digest}" if previous else "new"
        console.done(f"{image.reference} {served.digest} ({how})")
    if not names:
        references = {image.reference for image in stack.catalogue.images}
        locked.entries = {reference: entry for reference, entry in locked.entries.items() if reference in references}
    if locked.entries or locked.path.exists():
        locked.save()
        console.say(f"  Written to {FILE}. To get these images: stackctl images pull")
    elif not failed:
        console.say("Nothing to lock: all images are built here, or have a digest in their reference.")
    if failed:
        raise typer.Exit(Exit.FAILED)

"""`stackctl images lock`."""

from __future__ import annotations

import typer

from stackctl import console
from stackctl.commands.images.options import Names, external
from stackctl.errors import Exit, StackError
from stackctl.image_lock import FILE, Lock, Locked
from stackctl.pull import SILENCE
from stackctl.references import Reference
from stackctl.registry_errors import explain
from stackctl.stack import Stack

EXAMPLES = """
stackctl images lock          every external image of the catalogue, to what its tag stands for now
stackctl images lock scipy    only this one
"""


def lock(names: Names = None) -> None:
    """Write down which image each external reference stands for at its registry now. Pulls keep to that from then on."""
    stack = Stack.load()
    images = [image for image in external(stack, names, every=True) if not Reference.parse(image.reference).digest]
    known, failed = Lock.read(stack.root), False
    for image in images:
        try:
            with console.Working(f"asking for {image.reference}"):
                served = Locked.served(*stack.engine.served(image.reference, SILENCE))
        except StackError as error:
            problem = explain(image.reference, error.message)
            console.warn(f"{image.name}: {problem.message} It stays as it was.")
            console.say(f"  {problem.hint}")
            failed = True
            continue
        former = known.entries.get(image.reference)
        known.entries[image.reference] = served
        how = "as before" if former == served else f"was {former.digest}" if former else "new"
        console.done(f"{image.reference} {served.digest} ({how})")
    if not names:
        references = {image.reference for image in stack.catalogue.images}
        known.entries = {reference: entry for reference, entry in known.entries.items() if reference in references}
    if known.entries or known.path.exists():
        known.save()
        console.say(f"  {FILE} is written; commit it. To have these images: stackctl images pull")
    else:
        console.say("Nothing to lock: the catalogue's images are built here, or have their digest in their reference.")
    if failed:
        raise typer.Exit(Exit.FAILED)

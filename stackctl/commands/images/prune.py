"""`stackctl images prune`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl import console
from stackctl.image_prune import old_builds, service
from stackctl.overview import size
from stackctl.stack import Stack

EXAMPLES = """
stackctl images prune --dry-run    only say what would go
stackctl images prune
"""


def prune(dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and stop.")] = False) -> None:
    """Remove old builds of this stack's images that nobody runs or can choose. Nothing else on the server is touched."""
    stack = Stack.load()
    known = stack.known
    old = old_builds(stack.engine.builds(stack.name), stack.engine.images_in_use() | set(known.told.values()))
    if not old:
        console.done("There is no old build that nobody runs.")
        return
    for image in old:
        console.say(f"  {service(image)} of {image['Created'][:16].replace('T', ' ')}: {size(int(image['Size']))}")
    if dry_run:
        console.say("Would remove these. What they share with newer builds stays on the disk.")
        return
    with console.Working("removing old builds"):
        before = stack.engine.layers_size()
        removed = [image["Id"] for image in old if stack.engine.remove_image(image["Id"])]
        freed = max(0, before - stack.engine.layers_size())
    for ident in removed:
        known.verdicts.pop(ident, None)
    known.save()
    what = f"{len(removed)} old build{'s' * (len(removed) != 1)}"
    console.done(f"{what} removed: {size(freed) or '0 MB'} given back.")
    console.say("  Steps of builds are kept to build faster; to give those back too: docker builder prune")

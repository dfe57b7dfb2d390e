"""`stackctl images remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl import catalogue, catalogue_edit, console, files, yaml_file
from stackctl.catalogue import IMAGES
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack

EXAMPLES = """
stackctl images remove scipy-notebook
"""


def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="Its name in the catalogue.")]) -> None:
    """Take an image out of the catalogue. Its folder and the image itself stay, and servers that run from it go on."""
    stack = Stack.load()
    image = stack.catalogue.image(name)
    if standing := [other.name for other in stack.catalogue.images if name in other.parents]:
        raise CheckFailedError(
            f"{name} is what {', '.join(standing)} is built on.", f"First: stackctl images remove {standing[0]}"
        )
    if stack.catalogue.offered == [image]:
        raise CheckFailedError(f"{name} is the only image that people are offered.", "Add or offer another one first.")
    text = catalogue_edit.remove(yaml_file.source(stack.root / IMAGES, IMAGES), name)
    catalogue.load(stack.root, stack.name, text)
    files.replace(stack.root / IMAGES, text)
    kept = f" {image.folder.relative_to(stack.root)}/ is still there." if image.folder else ""
    console.done(f"{name} is no longer in {IMAGES}.{kept}")
    console.say("  It is gone from people's choice after: stackctl up. Servers that run from it go on.")
    if stack.engine.has_image(image.reference):
        console.say(f"  The image itself is still on this server: docker image rm {image.reference}")

"""`stackctl images remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl import catalogue
from stackctl.catalogue import IMAGES, LOCAL_IMAGES, Image, edit, yaml_file
from stackctl.checkout import files
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images remove scipy-notebook
"""


def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="The image's name in the catalogue.")]) -> None:
    """Remove an image from the catalogue; stop offering one of the project's.

    The image and its folder stay. Servers that use it keep running.
    """
    stack = Stack.load()
    image = stack.catalogue.image(name)
    withdraw = name in yaml_file.read(stack.root, IMAGES).data["services"]
    _check(stack, image, withdraw=withdraw)
    text = edit.local_images(stack.root)
    text = edit.withdraw(text, name) if withdraw else edit.remove(text, name)
    catalogue.load(stack.root, stack.name, text)
    files.replace(stack.root / LOCAL_IMAGES, text)
    if withdraw:
        console.done(f"{name} is no longer offered: {LOCAL_IMAGES} has offered: false for it.")
    else:
        kept = f" {image.folder.relative_to(stack.root)}/ still exists." if image.folder else ""
        console.done(f"{name} is no longer in {LOCAL_IMAGES}.{kept}")
    console.say("  To publish this: stackctl up. Servers that use it keep running.")
    if stack.engine.has_image(image.reference):
        console.say(f"  The image is still on this server. To delete it: docker image rm {image.reference}")


def _check(stack: Stack, image: Image, *, withdraw: bool) -> None:
    """Raises CheckFailedError when the catalogue needs the image."""
    if withdraw and not image.offered:
        raise CheckFailedError(f"{image.name} is not offered.", "To offer it, set offered: true: docs/images.md")
    if not withdraw and (children := [other.name for other in stack.catalogue.images if image.name in other.parents]):
        raise CheckFailedError(
            f"{', '.join(children)} is based on {image.name}.", f"Remove that first: stackctl images remove {children[0]}"
        )
    if stack.catalogue.offered == [image]:
        raise CheckFailedError(
            f"{image.name} is the only image that people are offered.", "Add or offer another image first."
        )

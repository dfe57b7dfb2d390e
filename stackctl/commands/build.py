"""`stackctl build`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from stackctl import base_image, console
from stackctl.build import build as build_images
from stackctl.stack import Stack

EXAMPLES = """
stackctl build         every image; only what has changed is built
stackctl build base    one of them
"""


def build(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Images; all when left out.")] = None,
) -> None:
    """Build the images. What runs goes on with the former ones until `stackctl up`."""
    stack = Stack.load()
    services = stack.compose.services()
    wanted = [name for name in names or services if name in services]
    others = [name for name in names or [] if name not in services]
    images = [image for image in (stack.catalogue.chosen(others) if others or not names else []) if image.folder]
    base_image.ensure(stack.engine, stack.settings)
    begun = time.monotonic()
    build_images(stack, wanted, images)
    built = ", ".join([*wanted, *(image.name for image in stack.catalogue.with_parents(images))])
    console.done(f"Built in {time.monotonic() - begun:.0f} s: {built}. To run them: stackctl up")

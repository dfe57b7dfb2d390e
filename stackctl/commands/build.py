"""`stackctl build`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from stackctl import base_image, console
from stackctl.build import follow
from stackctl.errors import StackError
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
    images = stack.compose.images()
    if unknown := sorted(set(names or []) - set(images)):
        raise StackError(f"There is no image {unknown[0]!r}.", f"There are: {', '.join(sorted(images))}")
    base_image.ensure(stack.engine, stack.settings)
    begun = time.monotonic()
    follow(stack.compose.build(names or None))
    built = ", ".join(names or sorted(images))
    console.done(f"Built in {time.monotonic() - begun:.0f} s: {built}. To run them: stackctl up")

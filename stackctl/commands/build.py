"""`stackctl build`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.build import build_notebooks
from stackctl.stack import Stack

EXAMPLES = """
stackctl build            every image; only what has changed is built
stackctl build base       one of them
stackctl build --fresh    with Debian's packages of today: every image anew, from the base image on
"""


def build(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Images; all when left out.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Every step anew, so that Debian's packages are of today.")] = False,
) -> None:
    """Build the images. What runs goes on with the former ones until `stackctl up`."""
    stack = Stack.load()
    services = stack.compose.services()
    wanted = [name for name in names or services if name in services]
    others = [name for name in names or [] if name not in services]
    images = stack.catalogue.chosen(others) if names else [image for image in stack.catalogue.offered if image.folder]
    build_notebooks(stack, images if others or not names else [], wanted, fresh=fresh)

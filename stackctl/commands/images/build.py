"""`stackctl images build`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.commands.images.options import Offered
from stackctl.stack import Stack

EXAMPLES = """
stackctl images build          all that are offered; unchanged steps are cached
stackctl images build scipy    one image, with those it is based on
stackctl images build --all    images that are not offered too
"""


def build(
    names: Offered = None,
    every: Annotated[bool, typer.Option("--all", help="All images of the catalogue that are built here.")] = False,
) -> None:
    """Build notebook images. People keep the old ones until `stackctl up`.

    An interrupted build continues from its last finished step.
    """
    stack = Stack.load()
    images = stack.catalogue.chosen(names or [], every=every)
    stack.builder.build_and_report([], images if names else [image for image in images if image.folder])

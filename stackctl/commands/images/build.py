"""`stackctl images build`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.build import build_notebooks
from stackctl.stack import Stack

EXAMPLES = """
stackctl images build          what is offered; only what has changed is built
stackctl images build scipy    one of them, with what it stands on
stackctl images build --all    what is not offered, too
"""


def build(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Images; those on offer when left out.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every image of the catalogue that is built here.")] = False,
) -> None:
    """Build notebook images, with what they stand on. People go on with the former ones until `stackctl up`.

    A build that was interrupted goes on from the last step that had ended.
    """
    stack = Stack.load()
    wanted = stack.catalogue.chosen(names or [], every=every)
    build_notebooks(stack, wanted if names else [image for image in wanted if image.folder])

"""What several of the commands take."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.catalogue import Image
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Images of the catalogue.")]


def external(stack: Stack, names: list[str] | None, *, every: bool) -> list[Image]:
    """The images of `names` that are pulled; without names those that are offered, or all with `every`.

    Raises CheckFailedError for a name of one that is built here.
    """
    chosen = stack.catalogue.chosen(names or [], every=every)
    if built := [image.name for image in chosen if image.folder and names]:
        raise CheckFailedError(
            f"{', '.join(built)}: built here, from singleuser/, and in no registry.",
            f"stackctl images build {' '.join(built)}",
        )
    return [image for image in chosen if not image.folder]

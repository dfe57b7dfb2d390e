"""Arguments and options of several commands."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.catalogue import Image
from stackctl.errors import CheckFailedError
from stackctl.stack import Stack

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Images of the catalogue.")]
Offered = Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Images; by default those that are offered.")]


def external(stack: Stack, names: list[str] | None, *, every: bool) -> list[Image]:
    """The images of `names` that are pulled; without names those that are offered, or all with `every`.

    Raises CheckFailedError for an image that is built here.
    """
    chosen = stack.catalogue.chosen(names or [], every=every)
    if built := [image.name for image in chosen if image.folder and names]:
        raise CheckFailedError(
            f"{', '.join(built)} is built here from singleuser/, not pulled.",
            f"Build it: stackctl images build {' '.join(built)}",
        )
    return [image for image in chosen if not image.folder]

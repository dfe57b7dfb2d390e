"""`stackctl build`."""

from __future__ import annotations

from typing import Annotated

import typer

from stackctl.stack import Stack

EXAMPLES = """
stackctl build            all images; unchanged steps are cached
stackctl build base       one image
stackctl build --fresh    all images without the cache, for security updates
"""


def build(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Images; by default all.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ignore the build cache, for the newest packages.")] = False,
) -> None:
    """Build images. Running containers keep the old ones until `stackctl up`."""
    stack = Stack.load()
    services = stack.compose.services()
    chosen_services = [name for name in names or services if name in services]
    image_names = [name for name in names or [] if name not in services]
    images = stack.catalogue.chosen(image_names) if names else [image for image in stack.catalogue.offered if image.folder]
    stack.builder.build_and_report(chosen_services, images if image_names or not names else [], fresh=fresh)

"""`stackctl images prune`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any

import typer

from contract.names import COMPOSE_SERVICE
from stackctl.stack import Stack
from stackctl.ui import console
from stackctl.ui.units import size

EXAMPLES = """
stackctl images prune --dry-run    list old builds
stackctl images prune              remove them
"""


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would be removed.")] = False,
) -> None:
    """Remove old builds of this stack's images that are not in use. Other images are not touched."""
    stack = Stack.load()
    cache = stack.image_cache
    old = old_builds(stack.engine.builds(stack.name), stack.engine.images_in_use() | set(cache.published.values()))
    if not old:
        console.done("There are no old builds to remove.")
        return
    for image in old:
        console.say(f"  {service(image)} of {image['Created'][:16].replace('T', ' ')}: {size(int(image['Size']))}")
    if dry_run:
        console.say("Would remove these. Layers that newer builds share stay on the disk.")
        return
    with console.Working("removing old builds"):
        before = stack.engine.layers_size()
        removed = [image["Id"] for image in old if stack.engine.remove_image(image["Id"])]
        freed = max(0, before - stack.engine.layers_size())
    for ident in removed:
        cache.verdicts.pop(ident, None)
    cache.save()
    builds = f"{len(removed)} old build{'s' * (len(removed) != 1)}"
    console.done(f"{builds} removed: {size(freed) or '0 MB'} freed.")
    console.say("  The build cache was kept. To free it too: docker builder prune")


def old_builds(builds: Iterable[dict[str, Any]], needed: Collection[str]) -> list[dict[str, Any]]:
    """The builds whose name a newer build has taken, and whose id is not `needed`; the largest first."""
    old = [image for image in builds if not image.get("RepoTags") and image["Id"] not in needed]
    return sorted(old, key=lambda image: -int(image["Size"]))


def service(image: dict[str, Any]) -> str:
    """The name of the service or notebook image that a build is of."""
    labels = (image.get("Config") or {}).get("Labels") or {}
    return str(labels.get(COMPOSE_SERVICE, ""))

"""Which images nobody needs any more: builds of this stack that have lost their name to a newer one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any


def old_builds(builds: Iterable[dict[str, Any]], needed: Collection[str]) -> list[dict[str, Any]]:
    """Of a stack's builds, those that have no name and are not among the ids that are `needed`; the largest first."""
    old = [image for image in builds if not image.get("RepoTags") and image["Id"] not in needed]
    return sorted(old, key=lambda image: -int(image["Size"]))


def service(image: dict[str, Any]) -> str:
    """What a build was once: the name of its service or notebook image."""
    labels = (image.get("Config") or {}).get("Labels") or {}
    return str(labels.get("com.docker.compose.service", ""))

"""Builds the stand-in for docker-stacks' images, and variants that must be rejected."""

from __future__ import annotations

from pathlib import Path

from tests.standins.building import build
from tests.support.checkout import STACK

FOLDER = Path(__file__).parent


def built(target: str = "good") -> str:
    """Build a target of the Dockerfile. Returns the image's name."""
    platform = "linux/arm64" if target == "foreign" else ""
    return build(FOLDER, f"{STACK['STACK_NAME']}-standin-{target}", target, platform)

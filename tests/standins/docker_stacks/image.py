"""Building the stand-in, and what is unfit about it."""

from __future__ import annotations

from pathlib import Path

from tests.checkout import STACK
from tests.standins.building import build

FOLDER = Path(__file__).parent


def built(target: str = "good") -> str:
    """The name of an image, built from a target of the Dockerfile."""
    platform = "linux/arm64" if target == "foreign" else ""
    return build(FOLDER, f"{STACK['STACK_NAME']}-standin-{target}", target, platform)

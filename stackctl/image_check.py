"""Is an image fit to be a notebook image here? Found out once for each image, before anybody can choose it."""

from __future__ import annotations

from dataclasses import dataclass

from stackctl.engine import Engine


@dataclass(frozen=True)
class Verdict:
    """What was found of an image. `reason`: why nobody can use it, "" when people can; `jupyterhub`: its version."""

    reason: str = ""
    jupyterhub: str = ""


def check(engine: Engine, image_id: str) -> Verdict:
    """Look at an image that is here."""
    config = engine.image(image_id)["Config"]
    if config.get("User") in (None, "", "0", "root"):
        return Verdict("it runs as root")
    return Verdict()

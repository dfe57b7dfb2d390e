"""Writing the notebook images and sizes that the stack under test offers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.checkout import ROOT


def write(folder: Path, sizes: str, base: Mapping[str, Any], variants: Mapping[str, Mapping[str, Any]]) -> None:
    """Write compose.yaml and sizes.yaml of a checkout's folder singleuser.

    The images are `base`, with these entries of `x-notebook` in place of its own, and variants of it by name, which add
    nothing but a label.
    """
    offered = yaml.safe_load((ROOT / "singleuser" / "compose.yaml").read_text())
    default = offered["services"]["base"]
    offered["services"] = {"base": default | {"x-notebook": default["x-notebook"] | dict(base)}}
    for name, entries in variants.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "Dockerfile").write_text(f"ARG BASE\nFROM ${{BASE}}\nLABEL variant={name}\n")
        offered["services"][name] = {
            "profiles": ["singleuser"],
            "image": f"${{STACK_NAME:-stackhub}}-singleuser-{name}",
            "build": {"context": name, "args": {"BASE": "${STACK_NAME:-stackhub}-singleuser-base"}},
            "depends_on": ["base"],
            "x-notebook": {"title": name.title()} | dict(entries),
        }
    (folder / "compose.yaml").write_text(yaml.safe_dump(offered, sort_keys=False, allow_unicode=True))
    (folder / "sizes.yaml").write_text(sizes)

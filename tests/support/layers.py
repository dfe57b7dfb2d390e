"""Images of the machine's own engine for another one: their layers are not copied, but linked to.

`docker save | docker load` writes each file three times. It takes a minute where this takes none, and removing it the same.
How an engine with the storage driver overlay2 keeps images: https://docs.docker.com/engine/storage/drivers/overlayfs-driver/
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docker

LINKED = Path("/.machine-layers")
"""Where the machine's layers are mounted on the server of the other engine."""


def machine_layers() -> Path | None:
    """The folder of the machine's layers; None when its engine keeps them in another way than overlay2 does."""
    info = docker.from_env().info()
    return Path(info["DockerRootDir"]) / "overlay2" if info["Driver"] == "overlay2" else None


def link(images: Sequence[str], layers: Path, data: Path) -> None:
    """Have images of the machine's engine in `data`, the data folder of an engine that does not run yet."""
    kept = layers.parent / "image/overlay2"
    own = data / "image/overlay2"
    (data / "overlay2/l").mkdir(parents=True)
    repositories: dict[str, dict[str, str]] = {}
    for reference in images:
        image: dict[str, Any] = docker.from_env().images.get(reference).attrs
        _copy(kept, own, f"imagedb/content/{image['Id'].replace(':', '/')}")
        for chain in _chain(image["RootFS"]["Layers"]):
            _copy(kept, own, f"layerdb/{chain.replace(':', '/')}")
            _link_layer(layers, data / "overlay2", (kept / "layerdb" / chain.replace(":", "/") / "cache-id").read_text())
        tag = image_tag(reference)
        repositories.setdefault(tag.rpartition(":")[0], {})[tag] = image["Id"]
    (own / "repositories.json").write_text(json.dumps({"Repositories": repositories}))


def image_tag(reference: str) -> str:
    """The name of an image with its tag."""
    return reference if ":" in reference else f"{reference}:latest"


def _chain(layers: list[str]) -> list[str]:
    """The chain id of each layer: https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid"""
    chain: list[str] = []
    for layer in layers:
        above = f"sha256:{hashlib.sha256(f'{chain[-1]} {layer}'.encode()).hexdigest()}" if chain else layer
        chain.append(above)
    return chain


def _copy(kept: Path, own: Path, name: str) -> None:
    (own / name).parent.mkdir(parents=True, exist_ok=True)
    if (kept / name).is_dir():
        shutil.copytree(kept / name, own / name, dirs_exist_ok=True)
    else:
        shutil.copy(kept / name, own / name)


def _link_layer(layers: Path, own: Path, name: str) -> None:
    if not (own / name).is_symlink():
        os.symlink(LINKED / name, own / name)
        os.symlink(f"../{name}/diff", own / "l" / (layers / name / "link").read_text())

"""The notebook images as Compose services: the project's file, with the operator's file merged over it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stackctl.catalogue import yaml_file
from stackctl.catalogue.yaml_file import YamlFile
from stackctl.checkout import worktree

IMAGES, LOCAL_IMAGES = worktree.IMAGES, worktree.LOCAL_IMAGES

MERGED = 3
"""How deep entries are merged by name: services, a service's keys, what is below `build` and `x-notebook`."""


@dataclass(frozen=True)
class Services:
    """Services by name, `data` as a YAML file's, and the files that they are from, the operator's last."""

    data: dict[str, Any]
    files: tuple[YamlFile, ...]

    def place(self, *keys: str) -> str:
        """File and line of a service's entry, or of the nearest entry above it that exists."""
        for end in range(len(keys), -1, -1):
            for file in reversed(self.files):
                if (below := ("services", *keys[:end])) in file.lines:
                    return f"{file.shown} line {file.lines[below]}"
        return self.files[0].shown

    def file(self, name: str) -> str:
        """The file that first names a service."""
        return next((file.shown for file in self.files if ("services", name) in file.lines), self.files[0].shown)


def read(root: Path, local_text: str | None = None) -> Services:
    """Read both files, or the operator's as `local_text`. Raises CheckFailedError as yaml_file.read does."""
    files = [yaml_file.read(root, IMAGES)]
    if local_text is not None:
        files.append(yaml_file.parse(local_text, LOCAL_IMAGES))
    elif (root / LOCAL_IMAGES).exists():
        files.append(yaml_file.read(root, LOCAL_IMAGES))
    shipped, *local = [file.data.get("services") for file in files]
    for services in local:
        shipped = _merged(_without_default(shipped, services), services, MERGED)
    return Services(shipped if isinstance(shipped, dict) else {}, tuple(files))


def _merged(below: Any, above: Any, depth: int) -> Any:
    """`above` merged over `below`, as Compose does: mappings by key, any other value replaces the one below."""
    if above is None:
        return below
    if depth and isinstance(below, dict) and isinstance(above, dict):
        return below | {key: _merged(below.get(key), value, depth - 1) for key, value in above.items()}
    return above


def _without_default(shipped: Any, local: Any) -> Any:
    """The project's services. None is the default if the operator's file has one."""

    def notebook(service: Any) -> dict[str, Any]:
        entry = service.get("x-notebook") if isinstance(service, dict) else None
        return entry if isinstance(entry, dict) else {}

    if not isinstance(shipped, dict) or not isinstance(local, dict):
        return shipped
    if not any(notebook(service).get("default") is True for service in local.values()):
        return shipped
    return {
        name: service | {"x-notebook": notebook(service) | {"default": False}} if notebook(service) else service
        for name, service in shipped.items()
    }

"""The folders that everybody has, as STACK_SHARED_FOLDERS names them: stackctl/shared_settings.py says how."""

from __future__ import annotations

from docker.types import Mount

SHARED = "/home/jovyan/shared"
"""Not below the person's own volume: in there, links of theirs would lead a mount elsewhere, and what others have made
would count as theirs. The image links to it from where JupyterLab looks (singleuser/base/stack_shared.py)."""


def mounts(setting: str, stack: str) -> list[Mount]:
    """How each is mounted. The gate lets just these through: gate/stackgate/body.py."""
    return [_mount(item.strip(), stack) for item in setting.split(",") if item.strip()]


def _mount(item: str, stack: str) -> Mount:
    source, read_only = item.removesuffix(":ro"), item.endswith(":ro")
    target = f"{SHARED}/{source.rpartition('/')[2]}"
    if source.startswith("/"):
        return Mount(target, source, type="bind", read_only=read_only)
    labels = {"stackhub.shared": stack}
    return Mount(target, f"{stack}-shared-{source}", type="volume", read_only=read_only, no_copy=True, labels=labels)

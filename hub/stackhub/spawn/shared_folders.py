"""The mounts of shared folders, as STACK_SHARED_FOLDERS names them.

Our images link to them from the work folder, which JupyterLab shows (singleuser/base/stack_shared.py).
"""

from __future__ import annotations

from docker.types import Mount

from contract import names, shared
from contract.shared import SharedFolder


def mounts(setting: str, stack: str) -> list[Mount]:
    """A mount for each folder. The gate allows exactly these: gate/stackgate/body.py."""
    return [_mount(folder, stack) for folder in shared.parse(setting)]


def _mount(folder: SharedFolder, stack: str) -> Mount:
    if folder.path:
        return Mount(folder.target, folder.source, type="bind", read_only=folder.read_only)
    labels = {names.SHARED: stack}
    source = folder.volume(stack)
    return Mount(folder.target, source, type="volume", read_only=folder.read_only, no_copy=True, labels=labels)

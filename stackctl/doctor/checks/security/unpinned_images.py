"""Is every image that is pulled pinned to a digest? A tag can stand for another image at the next pull."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from stackctl.ui.check import Check


def check(pulled: Mapping[str, str], pinned: Collection[str]) -> Iterator[Check]:
    """A warning for each pulled image without a digest.

    `pulled`: references by the images' names; `pinned`: the names of those with a digest, in the reference or the lock file.
    """
    unpinned = {name: reference for name, reference in pulled.items() if name not in pinned}
    for name, reference in unpinned.items():
        message = f"{name} is not locked to a digest: the next pull gets what the registry then has as {reference}."
        yield Check("warn", message, f"stackctl images lock {name}")
    if pulled and not unpinned:
        yield Check("ok", f"All {len(pulled)} pulled images are locked to their digests.")

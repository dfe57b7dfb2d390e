"""Does a pull get the image that somebody has looked at?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stackctl.checks import Check


def check(pulled: Mapping[str, str], locked: Iterable[str]) -> Iterator[Check]:
    """`pulled`: the references of images that are pulled, by name; `locked`: those of which the digest is settled."""
    known = set(locked)
    for name, reference in pulled.items():
        if name not in known:
            what = f"{name} is pulled as {reference}, whatever that stands for at the registry by then."
            yield Check("warn", what, f"stackctl images lock {name}")
    if pulled and not pulled.keys() - known:
        yield Check("ok", f"{len(pulled)} pulled images are locked to their digests.")

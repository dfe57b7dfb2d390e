"""Is anything known of the packages that are in the images?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stackctl.checks import Check

LANGUAGES = ("PyPI", "npm")
"""The ecosystems that are no distribution's."""

SHOWN = 3


@dataclass(frozen=True, order=True)
class Asked:
    """A package as OSV knows it."""

    ecosystem: str
    name: str
    version: str


@dataclass(frozen=True, order=True)
class Vulnerability:
    """One that is known. `fixed`: the next version without it, "" when there is none yet, or a distribution's newest."""

    name: str
    about: str = ""
    fixed: str = ""


def check(
    known: Mapping[Asked, Sequence[Vulnerability]], images: Mapping[Asked, Sequence[str]], fresh: str
) -> Iterator[Check]:
    """`known`: what is known of each package; `images`: every package that was asked about, with the images that it is in.

    A failure where a newer version mends it, a warning where none does yet. `fresh`: how to get a distribution's newest.
    """
    for item, found in sorted(known.items()):
        names = ", ".join(one.name for one in found[:SHOWN])
        names += f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        about = f" ({found[0].about})" if len(found) == 1 and found[0].about else ""
        what = f"{item.name} {item.version} in {', '.join(images[item])} is known to be vulnerable: {names}{about}."
        mended = ", ".join(dict.fromkeys(one.fixed for one in found if one.fixed))
        if item.ecosystem not in LANGUAGES:
            yield Check("fail", what, fresh)
        elif mended:
            fix = f"Mended in {mended}: by a newer release of the stack (git pull), or your image's lock; then: stackctl up"
            yield Check("fail", what, fix)
        else:
            yield Check("warn", what, "There is no version without it yet.")
    if not known:
        yield Check("ok", f"Of {len(images)} packages, none is known to be vulnerable.")

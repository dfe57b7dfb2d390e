"""Are the images that people may choose on this server, and do they work?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stackctl.ui.check import Check


def check(offered: Iterable[str], published: Mapping[str, bool], rejected: Mapping[str, str]) -> Iterator[Check]:
    """`offered`: names in the catalogue; `published`: by the names that the hub has, whether their build is on this server.

    `rejected`: why an image that was built or pulled since then does not work.
    """
    problems = [
        Check("fail", f"People can choose the image {name}, but it was removed: its servers cannot start.", "stackctl up")
        for name, exists in published.items()
        if not exists
    ]
    for name in offered:
        if name in rejected:
            message = f"The image {name} does not work: {rejected[name]}."
            problems.append(Check("warn", message, f"More: stackctl images check {name}"))
        elif name not in published:
            problems.append(Check("warn", f"The image {name} is in the catalogue, but not in the hub yet.", "stackctl up"))
    yield from problems or [Check("ok", f"All images that people may choose are here: {', '.join(published)}.")]

"""Is what people may choose here, and fit?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from stackctl.checks import Check


def check(offered: Iterable[str], told: Mapping[str, bool], refused: Mapping[str, str]) -> Iterator[Check]:
    """`offered`: names in the catalogue; `told`: those that the hub offers, and whether the build that it runs is here.

    `refused`: why an image that has been built or pulled since cannot be used.
    """
    wrong = [
        Check("fail", f"The image {name} is gone, and people are still offered it: its servers do not start.", "stackctl up")
        for name, here in told.items()
        if not here
    ]
    for name in offered:
        if name in refused:
            what = f"The image {name} cannot be used: {refused[name]}."
            wrong.append(Check("warn", what, f"More: stackctl images check {name}"))
        elif name not in told:
            wrong.append(Check("warn", f"The catalogue has the image {name}, and the hub does not offer it.", "stackctl up"))
    yield from wrong or [Check("ok", f"Everything that people may choose is here: {', '.join(told)}.")]

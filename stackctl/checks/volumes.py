"""Whose the volumes are: of the user who must write in them, and of somebody who has an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from stackctl.checks import Check

USER = 1000
"""Whom people's files belong to, in every image: somebody may use another one tomorrow. In ours also the group."""


def owners(seen: Mapping[str, int], expected: Mapping[str, int], image: str) -> Iterator[Check]:
    """A failure for each volume whose top folder belongs to another user number than the one who writes in it."""
    wrong = {name: owner for name, owner in seen.items() if owner != expected[name]}
    for name, owner in wrong.items():
        fix = f"docker run --rm --user root --volume {name}:/v --entrypoint chown {image} -R {expected[name]} /v"
        what = f"The volume {name} belongs to user number {owner}, and number {expected[name]} must write in it."
        yield Check("fail", what, fix)
    if seen and not wrong:
        yield Check("ok", f"{len(seen)} volumes belong to who writes in them.")


def ownerless(volumes: Mapping[str, str], accounts: Set[str]) -> Iterator[Check]:
    """A warning of users' volumes that nobody has any more. `volumes`: by name, whose; `accounts`: whose there can be."""
    left = sorted(name for name, whose in volumes.items() if whose not in accounts)
    if left:
        what = f"{len(left)} volumes hold files of people who have no account any more: {', '.join(left[:5])}"
        fix = "They are kept for whoever gets that name again. To delete one with all files: docker volume rm NAME"
        yield Check("warn", f"{what}{', …' if len(left) > 5 else ''}.", fix)

"""Do volumes have the right owner, and an account that uses them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from contract.users import FORMER_NOTEBOOK, NOTEBOOK
from stackctl.ui.check import Check


def owners(owners: Mapping[str, int], expected: Mapping[str, int], image: str) -> Iterator[Check]:
    """A failure for each volume with the wrong owner, a warning where `up` mends it.

    `owners`: user ids by volume; `image`: one that has chown.
    """
    wrong = {name: owner for name, owner in owners.items() if owner != expected[name]}
    for name, owner in wrong.items():
        if (owner, expected[name]) == (FORMER_NOTEBOOK, NOTEBOOK):
            message = f"The volume {name} belongs to user id {owner}, but notebook servers run as user id {NOTEBOOK}."
            yield Check("warn", message, "stackctl up gives its files to them.")
            continue
        fix = f"docker run --rm --user root --volume {name}:/v --entrypoint chown {image} -R {expected[name]} /v"
        message = f"The volume {name} belongs to user id {owner}, but user id {expected[name]} must write to it."
        yield Check("fail", message, fix)
    if owners and not wrong:
        yield Check("ok", f"All {len(owners)} volumes have the right owner.")


def ownerless(volumes: Mapping[str, str], accounts: Set[str]) -> Iterator[Check]:
    """A warning about users' volumes without an account. `volumes`: owners by volume; `accounts`: owners that can exist."""
    orphaned = sorted(name for name, owner in volumes.items() if owner not in accounts)
    if orphaned:
        names = ", ".join(orphaned[:5]) + (", …" if len(orphaned) > 5 else "")
        message = (
            f"{len(orphaned)} volume{'s have' if len(orphaned) > 1 else ' has'} files of people without an account: {names}."
        )
        fix = (
            "They are kept in case the same name gets an account again. To delete one with all files: docker volume rm NAME"
        )
        yield Check("warn", message, fix)

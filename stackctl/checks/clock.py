"""Does this server's clock agree with others'? Sign-ins, certificates and GitLab's tokens depend on it."""

from __future__ import annotations

import time

from stackctl.checks import Check

SECONDS = 30


def check(theirs: float, whose: str) -> Check:
    """`theirs`: the seconds since 1970 by the clock of `whose`, such as "GitLab's"."""
    ahead = time.time() - theirs
    if abs(ahead) <= SECONDS:
        return Check("ok", f"This server's clock and {whose} agree.")
    what = f"This server's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} {whose}."
    return Check("warn", what, "Set it by the network: timedatectl set-ntp true")

"""Is this server's clock right? Sign-in, certificates and GitLab's tokens need that."""

from __future__ import annotations

import time

from stackctl.ui.check import Check

MAX_SECONDS = 30


def check(other: float, name: str) -> Check:
    """`other`: another clock's time, in seconds since 1970; `name`: of that clock, such as "GitLab's"."""
    ahead = time.time() - other
    if abs(ahead) <= MAX_SECONDS:
        return Check("ok", f"This server's clock and {name} agree.")
    message = f"This server's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} {name}."
    return Check("warn", message, "Synchronize it: timedatectl set-ntp true")

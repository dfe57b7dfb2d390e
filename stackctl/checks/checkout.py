"""Is the stack of this name this checkout's?"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from stackctl.checks import Check


def check(stack: str, root: Path, folders: Set[str]) -> Check:
    """`folders`: from which the stack's containers were started."""
    if folders and str(root) not in folders:
        return Check(
            "fail",
            f"The stack {stack} was started from {', '.join(sorted(folders))}.",
            f"Use that checkout, or set another STACK_NAME than {stack}. If that folder is gone: stackctl down",
        )
    return Check("ok", f"The stack {stack} is this checkout's.")

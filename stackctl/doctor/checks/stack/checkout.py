"""Was the stack of this name started from this checkout?"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from stackctl.ui.check import Check


def check(stack: str, root: Path, folders: Set[str]) -> Check:
    """`folders`: those that the stack's containers were started from."""
    if folders and str(root) not in folders:
        message = f"The stack {stack} was started from {', '.join(sorted(folders))}."
        fix = f"Use that checkout, or set another STACK_NAME than {stack}. If that folder is gone: stackctl down"
        return Check("fail", message, fix)
    return Check("ok", f"The stack {stack} belongs to this checkout.")

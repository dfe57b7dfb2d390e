"""What `up` sets on the server itself."""

from __future__ import annotations

from stackctl.host import kernel


class RaiseWatchLimit:
    """Raises the kernel's limit of file watchers where it is low, as root. Otherwise doctor says how."""

    def todo(self) -> list[str]:
        if not kernel.can_raise():
            return []
        return [f"raise {kernel.SETTING} from {kernel.watchers()} to {kernel.WATCHERS} ({kernel.FILE})"]

    def do(self) -> None:
        if kernel.can_raise():
            kernel.raise_watchers()

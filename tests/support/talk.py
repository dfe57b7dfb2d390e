"""What a command printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Talk:
    """What a command printed."""

    out: str
    err: str

    def __str__(self) -> str:
        return f"{self.out}{self.err}"

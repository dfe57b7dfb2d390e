"""The steps of a start, as it goes through them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from .start_texts import STEPS


class Steps:
    """Which step a start is at, and waiting for the next one."""

    def __init__(self) -> None:
        self.current = next(iter(STEPS))
        self._changed = asyncio.Event()

    def reach(self, step: str) -> None:
        """The start is at `step` now, one of STEPS."""
        self.current = step
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self) -> AsyncIterator[str]:
        """The current step, then each one that is reached; without end, for whoever listens knows when the start has one."""
        while True:
            changed = self._changed
            yield self.current
            await changed.wait()


def event(step: str) -> dict[str, Any]:
    """What JupyterHub's progress stream says of a step: the page goes by `step`, other programs read `message`."""
    done = list(STEPS).index(step) * 100 // len(STEPS)
    return {"progress": done, "message": STEPS[step]["en"], "step": step}

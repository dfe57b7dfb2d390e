"""The steps of a server's start, and which one it has reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from stackhub.i18n.translations import N_

STEPS = {
    "creating": N_("Creating your container"),
    "starting": N_("Starting the container"),
    "waiting": N_("Waiting for JupyterLab"),
    "opening": N_("Opening JupyterLab"),
}
"""The steps in order, with what the page says of each."""


class Steps:
    """The step that a start has reached, and how to wait for the next one."""

    def __init__(self) -> None:
        self.current = next(iter(STEPS))
        self._changed = asyncio.Event()

    def reach(self, step: str) -> None:
        """Record that the start has reached `step`, a key of STEPS."""
        self.current = step
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self) -> AsyncIterator[str]:
        """The current step, then each next one as it is reached. Endless: the caller stops when the start has ended."""
        while True:
            changed = self._changed
            yield self.current
            await changed.wait()


def event(step: str) -> dict[str, Any]:
    """An event of JupyterHub's progress stream: our page uses `step`, other programs read `message`."""
    percent = list(STEPS).index(step) * 100 // len(STEPS)
    return {"progress": percent, "message": STEPS[step], "step": step}

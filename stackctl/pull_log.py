"""What is known of a pull from the engine's events so far: bytes, time left, what it is at. No input, no output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RATE_SECONDS = 10
"""The time over which the speed is taken that the time left is worked out from."""

FINISHED = ("Download complete", "Pull complete", "Already exists")
BYTES_AFTER = ("Verifying Checksum", "Download complete", "Extracting", "Pull complete")
"""From these on a layer's bytes are all here."""


@dataclass
class Layer:
    """A layer: the state that was last said of it, and its bytes as far as the engine has said them."""

    status: str = ""
    current: int = 0
    total: int = 0


@dataclass
class PullLog:
    """A pull. `feed` takes the engine's events, each with the time at which it came."""

    layers: dict[str, Layer] = field(default_factory=dict)
    digest: str = ""
    """The manifest's, said when everything is here."""
    progress_at: float = 0.0
    """When something last went on. Waiting for another try is no progress."""
    _history: list[tuple[float, int]] = field(default_factory=list)

    def feed(self, event: dict[str, Any], now: float) -> None:
        """Take one event. What is not understood is passed over: each engine says a little more than the one before."""
        status = str(event.get("status", ""))
        if status.startswith("Digest: "):
            self.digest = status.removeprefix("Digest: ")
        if not status.startswith("Retrying"):
            self.progress_at = now
        if "id" not in event or status.startswith("Pulling from"):
            return
        layer = self.layers.setdefault(str(event["id"]), Layer())
        layer.status = status
        detail = event.get("progressDetail") or {}
        current, total = detail.get("current") or 0, detail.get("total") or 0
        if status == "Downloading":
            # taken up again after a break, a layer counts only what was missing then
            layer.total = max(layer.total, total)
            layer.current = max(layer.current, layer.total - total + current if total else current)
        elif status in BYTES_AFTER:
            layer.current = layer.total = max(layer.total, layer.current)
        self._note(now)

    def _note(self, now: float) -> None:
        self._history.append((now, self.completed))
        while len(self._history) > 2 and self._history[1][0] < now - RATE_SECONDS:
            del self._history[0]

    @property
    def completed(self) -> int:
        """The bytes that are here."""
        return sum(layer.current for layer in self.layers.values())

    @property
    def total(self) -> int:
        """The bytes of the layers whose size the engine has said; it says each one's when its download begins."""
        return sum(layer.total for layer in self.layers.values())

    @property
    def seconds_left(self) -> float | None:
        """How long the download goes on at the speed of the last seconds; None when that cannot be said."""
        if not self._history:
            return None
        (begun, had), (now, have) = self._history[0], self._history[-1]
        if now <= begun or have <= had:
            return None
        return (self.total - have) / ((have - had) / (now - begun))

    @property
    def retrying(self) -> str:
        """The layer whose download has broken off and is to be tried again, or ""."""
        return next((name for name, layer in self.layers.items() if layer.status.startswith("Retrying")), "")

    def __str__(self) -> str:
        states = [layer.status for layer in self.layers.values()]
        if not states:
            return "asking the registry"
        counted = f"{_megabytes(self.completed)} of {_megabytes(self.total)} MB"
        if self.retrying:
            return f"{counted}, broken off, trying again"
        if "Downloading" in states:
            left = self.seconds_left
            return counted + (f", {_duration(left)} left" if left is not None else "")
        if any(state not in FINISHED for state in states) and "Extracting" in states:
            return f"{_megabytes(self.total)} MB, unpacking"
        return counted


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}" if size < 100e6 else f"{size / 1e6:.0f}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

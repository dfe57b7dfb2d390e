"""The progress of a pull, from the engine's events: bytes, time left, current step. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RATE_SECONDS = 10
"""Seconds over which the speed is averaged for the time left."""

FINISHED = ("Download complete", "Pull complete", "Already exists")
BYTES_AFTER = ("Verifying Checksum", "Download complete", "Extracting", "Pull complete")
"""In these states a layer is completely downloaded."""


@dataclass
class Layer:
    """A layer's last state, and its bytes as far as the engine has reported them."""

    status: str = ""
    current: int = 0
    total: int = 0


@dataclass
class PullLog:
    """A pull's progress. `feed` takes the engine's events, each with its time."""

    layers: dict[str, Layer] = field(default_factory=dict)
    digest: str = ""
    """The manifest's; the engine reports it at the end."""
    progress_at: float = 0.0
    """The time of the last progress. Waiting for a retry is no progress."""
    _history: list[tuple[float, int]] = field(default_factory=list)

    def feed(self, event: dict[str, Any], now: float) -> None:
        """Take one event. Unknown ones are ignored: newer engines send more."""
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
            # after a resumed download, the engine counts only the missing part of the layer
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
        """Downloaded bytes."""
        return sum(layer.current for layer in self.layers.values())

    @property
    def total(self) -> int:
        """Bytes of the layers whose size is known; the engine reports a layer's size when its download starts."""
        return sum(layer.total for layer in self.layers.values())

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds until the download ends, from the speed of the last seconds; None if unknown."""
        if not self._history:
            return None
        (begun, had), (now, have) = self._history[0], self._history[-1]
        if now <= begun or have <= had:
            return None
        return (self.total - have) / ((have - had) / (now - begun))

    @property
    def retrying(self) -> str:
        """The layer that waits for another try of its download, or ""."""
        return next((name for name, layer in self.layers.items() if layer.status.startswith("Retrying")), "")

    def __str__(self) -> str:
        states = [layer.status for layer in self.layers.values()]
        if not states:
            return "contacting the registry"
        counted = f"{_megabytes(self.completed)} of {_megabytes(self.total)} MB"
        if self.retrying:
            return f"{counted}, retrying"
        if "Downloading" in states:
            seconds = self.seconds_left
            return counted + (f", {_duration(seconds)} left" if seconds is not None else "")
        if any(state not in FINISHED for state in states) and "Extracting" in states:
            return f"{_megabytes(self.total)} MB, unpacking"
        return counted


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}" if size < 100e6 else f"{size / 1e6:.0f}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

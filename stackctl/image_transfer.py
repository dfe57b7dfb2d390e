"""Images out of the Docker Engine and into another one, as a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stackctl.engine import Engine, reported
from stackctl.errors import StackError

CHUNK = 2**20
END = 1024
"""The bytes, all zero, that end a tar archive."""

LOADED = re.compile(r"Loaded image ID: (sha256:[0-9a-f]{64})")


def platform(engine: Engine) -> str:
    """What images the engine runs: linux/amd64."""
    return f"{engine.version['Os']}/{engine.version['Arch']}"


def store(engine: Engine) -> str:
    """How the engine keeps images: `containerd`, where an image's id is its manifest's digest, or `docker`: its config's."""
    with reported("say how it keeps images"):
        status = engine.api.info().get("DriverStatus") or []
    return "containerd" if any("containerd.snapshotter" in str(item) for item in status) else "docker"


def unpacked_size(engine: Engine, ids: Iterable[str]) -> int:
    """About as many bytes as images have when what they share counts once: the engine does not say it exactly."""
    steps: dict[int, int] = {}
    for ident in ids:
        below = 0
        with reported("say what an image consists of"):
            history = engine.api.history(ident)  # type: ignore[no-untyped-call]
        for step in reversed(history):
            below = hash((below, step["Created"], step["CreatedBy"], step["Size"]))
            steps[below] = int(step["Size"])
    return sum(steps.values())


def export(engine: Engine, ids: list[str]) -> Iterator[bytes]:
    """Images with all their layers, each layer once, as the tar archive that `docker save` writes; without their names."""
    api = engine.api
    with reported("hand out images"):
        address = f"{api.base_url}/v{api.api_version}/images/get"
        with api.get(address, params={"names": ids}, stream=True, timeout=api.timeout) as answer:
            answer.raise_for_status()
            end = b""
            for chunk in answer.iter_content(CHUNK):
                yield chunk
                end = (end + chunk)[-END:]
    if end != bytes(END):  # what stops the engine in the middle comes as the last words of the stream
        reason = end.decode(errors="replace").strip("\0\r\n ")[-300:]
        raise StackError(f"Docker has not handed out all of the images: {reason}", "See: docker images")


def load(engine: Engine, chunks: Iterator[bytes], taken: Callable[[int], object]) -> set[str]:
    """Give the engine such an archive, compressed or not; `taken` gets the bytes that it has taken in. The images' ids.

    Raises StackError with the engine's words when it cannot take it: a full disk, perhaps.
    """
    layers: dict[str, int] = {}
    loaded: set[str] = set()
    with reported("take the images"):
        for event in engine.api.load_image(chunks):  # type: ignore[no-untyped-call]
            if reason := failure(event):
                raise StackError(f"Docker does not take the images: {reason}", "What was there before is still there.")
            if current := event.get("progressDetail", {}).get("current"):
                layers[event["id"]] = current
                taken(sum(layers.values()))
            loaded.update(LOADED.findall(str(event.get("stream", ""))))
    return loaded


def failure(event: dict[str, Any]) -> str:
    """Why an event ends what the engine does; "" for any other."""
    return str(event.get("error") or event.get("errorDetail", {}).get("message") or "")

"""Moving images from one Docker Engine to another, as a stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stackctl.engine.client import Engine
from stackctl.engine.errors import reported
from stackctl.errors import StackError

CHUNK = 2**20
END = 1024
"""A tar archive ends with so many zero bytes."""

LOADED = re.compile(r"Loaded image ID: (sha256:[0-9a-f]{64})")


def platform(engine: Engine) -> str:
    """The platform of the engine, such as linux/amd64."""
    return f"{engine.version['Os']}/{engine.version['Arch']}"


def store(engine: Engine) -> str:
    """The engine's image store. `containerd`: an image's id is its manifest's digest; `docker`: its config's."""
    with reported("describe its image store"):
        status = engine.api.info().get("DriverStatus") or []
    return "containerd" if any("containerd.snapshotter" in str(item) for item in status) else "docker"


def unpacked_size(engine: Engine, ids: Iterable[str]) -> int:
    """The bytes of images, with shared layers counted once. An estimate: the engine has no exact number."""
    steps: dict[int, int] = {}
    for ident in ids:
        below = 0
        with reported("list an image's layers"):
            history = engine.api.history(ident)  # type: ignore[no-untyped-call]
        for step in reversed(history):
            below = hash((below, step["Created"], step["CreatedBy"], step["Size"]))
            steps[below] = int(step["Size"])
    return sum(steps.values())


def export(engine: Engine, ids: list[str]) -> Iterator[bytes]:
    """Images with all layers, each layer once, as the tar archive that `docker save` writes; without names."""
    api = engine.api
    with reported("export images"):
        address = f"{api.base_url}/v{api.api_version}/images/get"
        with api.get(address, params={"names": ids}, stream=True, timeout=api.timeout) as answer:
            answer.raise_for_status()
            end = b""
            for chunk in answer.iter_content(CHUNK):
                yield chunk
                end = (end + chunk)[-END:]
    if end != bytes(END):  # if the engine fails midway, the stream ends with the reason
        reason = end.decode(errors="replace").strip("\0\r\n ")[-300:]
        raise StackError(f"Docker could not export all images: {reason}", "See: docker images")


def load(engine: Engine, chunks: Iterator[bytes], taken: Callable[[int], object]) -> set[str]:
    """Load such an archive, compressed or not. Returns the images' ids. `taken`: called with the bytes loaded so far.

    Raises StackError with the engine's reason, for instance a full disk.
    """
    layers: dict[str, int] = {}
    loaded: set[str] = set()
    with reported("load the images"):
        for event in engine.api.load_image(chunks):  # type: ignore[no-untyped-call]
            if reason := failure(event):
                raise StackError(f"Docker could not load the images: {reason}", "What was there before is still there.")
            if current := event.get("progressDetail", {}).get("current"):
                layers[event["id"]] = current
                taken(sum(layers.values()))
            loaded.update(LOADED.findall(str(event.get("stream", ""))))
    return loaded


def failure(event: dict[str, Any]) -> str:
    """The reason why the engine stops, from one of its events; "" if it does not."""
    return str(event.get("error") or event.get("errorDetail", {}).get("message") or "")

"""The catalogue's images and their status on this server, for `stackctl images list`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone
from typing import Any

from contract.catalogue import LANGUAGES
from contract.names import IMAGE
from stackctl.catalogue import Image
from stackctl.engine import Container, Engine
from stackctl.engine.reference import Reference
from stackctl.images.check import Verdict
from stackctl.images.image_cache import ImageCache

OFFERED, NOT_OFFERED, NOT_HERE, UNFIT, NEWER = "offered", "not offered", "not here", "unfit", "newer"


def collect(
    engine: Engine, images: Collection[Image], cache: ImageCache, servers: Collection[Container]
) -> list[dict[str, Any]]:
    """The output of `images list --json`, an entry for each image. Sizes are in bytes, times in UTC."""
    here = {image.name: engine.image(image.reference) if engine.has_image(image.reference) else {} for image in images}
    running = [server.labels.get(IMAGE, "") for server in servers if server.state == "running"]
    return [_entry(image, here[image.name], cache, running.count(image.name)) for image in images]


def _entry(image: Image, attrs: dict[str, Any], cache: ImageCache, used: int) -> dict[str, Any]:
    ident = str(attrs.get("Id", ""))
    state, reason = look(image, ident, cache.published.get(image.name, ""), cache.verdicts.get(ident))
    return {
        "name": image.name,
        "title": image.title.get(LANGUAGES[0]) or next(iter(image.title.values())),
        "reference": image.reference,
        "id": ident,
        "digest": digest(image.reference, attrs),
        "size": int(attrs.get("Size", 0)),
        "created": f"{attrs['Created'][:19]}Z" if attrs.get("Created") else "",
        "groups": list(image.groups),
        "servers": used,
        "built": image.folder is not None,
        "default": image.default,
        "state": state,
        "reason": reason,
    }


def look(image: Image, ident: str, published: str, verdict: Verdict | None) -> tuple[str, str]:
    """An image's state, and the reason for it, "" for none.

    `ident`: the id that its reference has on this server, "" for none; `published`: the id that people get.
    """
    if not image.offered:
        return NOT_OFFERED, ""
    if not ident:
        return NOT_HERE, "it is not built" if image.folder else "it is not pulled"
    reason = verdict.reason if verdict else ""
    if ident == published:
        return OFFERED, reason
    return (UNFIT, reason) if reason else (NEWER, "")


def digest(reference: str, attrs: dict[str, Any]) -> str:
    """An image's digest at the registry of its reference; its id if it was built here."""
    repository = Reference(Reference.parse(reference).name).full
    for item in attrs.get("RepoDigests") or []:
        pulled = Reference.parse(str(item))
        if Reference(pulled.name).full == repository:
            return pulled.digest
    return str(attrs.get("Id", ""))


def shown_state(entry: dict[str, Any], *, previous: bool) -> str:
    """An entry's state in words; `previous`: people have an earlier build of it."""
    kept = "people have the previous build" if previous else "nobody can choose it"
    return {
        OFFERED: f"offered, but {entry['reason']}: stackctl up" if entry["reason"] else "offered",
        NOT_OFFERED: "not offered",
        NOT_HERE: f"{entry['reason']}: stackctl images {'build' if entry['built'] else 'pull'} {entry['name']}",
        UNFIT: f"{kept}: {entry['reason']}",
        NEWER: f"{'newer than what people have' if previous else 'new'}: stackctl up",
    }[entry["state"]]


def age(created: str, now: datetime | None = None) -> str:
    """How long ago an image was created: 5 minutes, 3 days; "" if the image does not say."""
    if created < "2000":  # reproducible builds have no time
        return ""
    then = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    seconds = max(0, int(((now or datetime.now(timezone.utc)) - then).total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := seconds // length:
            return f"{count} {unit}{'s' * (count > 1)}"
    return "now"

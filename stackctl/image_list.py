"""The catalogue's images as they are on this server: what `stackctl images list` shows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone
from typing import Any

from stackctl.catalogue import LANGUAGES, Image
from stackctl.engine import Container, Engine
from stackctl.image_check import Verdict
from stackctl.offer import Known
from stackctl.references import Reference

OFFERED, NOT_OFFERED, NOT_HERE, UNFIT, NEWER = "offered", "not offered", "not here", "unfit", "newer"


def collect(engine: Engine, images: Collection[Image], known: Known, servers: Collection[Container]) -> list[dict[str, Any]]:
    """What `images list --json` prints, an entry for each image. Sizes are in bytes, times in UTC."""
    here = {image.name: engine.image(image.reference) if engine.has_image(image.reference) else {} for image in images}
    running = [server.labels.get("stackhub.image", "") for server in servers if server.state == "running"]
    return [_entry(image, here[image.name], known, running.count(image.name)) for image in images]


def _entry(image: Image, attrs: dict[str, Any], known: Known, used: int) -> dict[str, Any]:
    ident = str(attrs.get("Id", ""))
    state, reason = look(image, ident, known.told.get(image.name, ""), known.verdicts.get(ident))
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


def look(image: Image, ident: str, told: str, verdict: Verdict | None) -> tuple[str, str]:
    """An image's state, and the reason for it where there is one to tell.

    `ident` is what its reference stands for here ("": nothing), `told` what the hub runs for it.
    """
    if not image.offered:
        return NOT_OFFERED, ""
    if not ident:
        return NOT_HERE, "it is not built" if image.folder else "it is not pulled"
    reason = verdict.reason if verdict else ""
    if ident == told:
        return OFFERED, reason
    return (UNFIT, reason) if reason else (NEWER, "")


def digest(reference: str, attrs: dict[str, Any]) -> str:
    """The digest that a registry knows an image by under its reference; for one that was built here, its id."""
    wanted = Reference(Reference.parse(reference).name).full
    for item in attrs.get("RepoDigests") or []:
        known = Reference.parse(str(item))
        if Reference(known.name).full == wanted:
            return known.digest
    return str(attrs.get("Id", ""))


def shown_state(entry: dict[str, Any], *, former: bool) -> str:
    """An entry's state for a person; `former`: people have a former build of it."""
    kept = "people have its former build" if former else "nobody can choose it"
    return {
        OFFERED: f"offered, but {entry['reason']}: stackctl up" if entry["reason"] else "offered",
        NOT_OFFERED: "not offered",
        NOT_HERE: f"{entry['reason']}: stackctl images {'build' if entry['built'] else 'pull'} {entry['name']}",
        UNFIT: f"{kept}: {entry['reason']}",
        NEWER: f"{'newer than what people have' if former else 'new'}: stackctl up",
    }[entry["state"]]


def age(created: str, now: datetime | None = None) -> str:
    """How long ago that was, for a person: 5 minutes, 3 days; "" for an image that names no real time."""
    if created < "2000":  # made reproducible, without a time
        return ""
    then = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    seconds = max(0, int(((now or datetime.now(timezone.utc)) - then).total_seconds()))
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := seconds // length:
            return f"{count} {unit}{'s' * (count > 1)}"
    return "now"

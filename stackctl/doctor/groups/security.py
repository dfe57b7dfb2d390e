"""Check groups about security: who can use Docker, what containers may do, and how old images are. `stackctl audit` too."""

from __future__ import annotations

import grp
import os
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone

from stackctl.catalogue import LOCAL_IMAGES
from stackctl.doctor import image_contents
from stackctl.doctor.checks.security import container_rights as rights
from stackctl.doctor.checks.security import docker_daemon, minimum_versions, package_age, unpinned_images
from stackctl.doctor.image_contents import Contents
from stackctl.engine.reference import Reference
from stackctl.errors import StackError
from stackctl.host.docker_daemon import SOCKET
from stackctl.images.lock import Lock
from stackctl.stack import Stack
from stackctl.ui.check import Check

AT_ONCE = 4
REBUILD = "stackctl build --fresh, then: stackctl up"
RELOAD = "On a server with a network: stackctl build --fresh, stackctl images save; then here: stackctl images load"
PULL = f"Choose a newer tag in {LOCAL_IMAGES}, or get the current image of this one: stackctl images pull"
UPGRADE = "git pull, or lock a newer version in your own image; then: stackctl up"


def docker(stack: Stack) -> Iterator[Check]:
    """Who can use Docker, and whether it confines containers."""
    yield from docker_daemon.check(stack.engine.info())
    try:
        socket = os.stat(SOCKET)
        yield docker_daemon.socket(str(SOCKET), socket.st_mode, grp.getgrgid(socket.st_gid).gr_mem)
    except (OSError, KeyError):  # the engine is on another machine, or its socket elsewhere
        yield Check("warn", f"Who can use Docker is unknown: {SOCKET} does not exist.", "See: docker context ls")


def container_rights(stack: Stack) -> Iterator[Check]:
    """What the stack's containers may do."""
    containers = stack.engine.inspected(stack.name)
    yield from rights.check(containers)
    if not containers:
        yield Check("warn", "The stack is not running; rights of containers were not checked.", "stackctl up")


def images(stack: Stack) -> Iterator[Check]:
    """Images without a digest, old Debian packages, and packages below their minimum versions."""
    offered = stack.catalogue.offered
    pulled = {image.name: image.reference for image in offered if not image.folder}
    yield from _unpinned(stack, pulled)
    references = stack.compose.images() | {image.name: image.reference for image in offered}
    ids = {name: image_id for name, item in references.items() if (image_id := stack.engine.image_id(item))}
    if not ids:
        yield Check("warn", "None of the stack's images is on this server.", "stackctl up")
        return
    results = _read(stack, ids)
    for name, result in results.items():
        if isinstance(result, StackError):
            yield Check("warn", f"The packages of {name} are unknown. {result.message}", result.hint)
    contents = {name: result for name, result in results.items() if isinstance(result, Contents)}
    yield from _age(stack, contents, ids, pulled)
    fixes = {name: f"{PULL} {name}" if name in pulled else UPGRADE for name in contents}
    yield from minimum_versions.check({name: item.packages for name, item in contents.items()}, fixes)


def _unpinned(stack: Stack, pulled: Mapping[str, str]) -> Iterator[Check]:
    lock = Lock.read(stack.root)
    pinned = [name for name, item in pulled.items() if Reference.parse(item).digest or lock.digest(item)]
    yield from unpinned_images.check(pulled, pinned)


def _age(
    stack: Stack, contents: Mapping[str, Contents], ids: Mapping[str, str], pulled: Mapping[str, str]
) -> Iterator[Check]:
    fixes = {name: f"{PULL} {name}" if name in pulled else REBUILD for name in contents}
    builder = stack.builder
    fixes |= dict.fromkeys(builder.loaded.status(ids, builder.sources).loaded, RELOAD)
    updated = {name: item.updated for name, item in contents.items() if item.updated}
    yield from package_age.check(updated, fixes, datetime.now(timezone.utc))


def _read(stack: Stack, ids: Mapping[str, str]) -> dict[str, Contents | StackError]:
    """The contents of each image, by its name, or why they are unknown. Some images are read at the same time."""
    results: dict[str, Contents | StackError] = {}
    slots = threading.BoundedSemaphore(AT_ONCE)

    def read(name: str) -> None:
        with slots:
            try:
                results[name] = image_contents.read(stack.engine, ids[name], stack.name)
            except StackError as error:
                results[name] = error

    # no pool: stackctl would wait for its threads at exit, even if Docker never answers
    threads = [threading.Thread(target=read, args=(name,), daemon=True) for name in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: results.get(name) or StackError("Docker broke off.", "Run this again.") for name in ids}

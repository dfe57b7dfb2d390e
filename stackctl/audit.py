"""The topics of `audit`: what the images hold, what the containers may do, and who can use Docker."""

from __future__ import annotations

import grp
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from urllib.parse import urlsplit

from stackctl import image_contents, topics
from stackctl.checks import Check, age, confinement, daemon, floors, pinned, vulnerabilities
from stackctl.checks.vulnerabilities import Asked
from stackctl.doctor import Topic
from stackctl.errors import StackError
from stackctl.image_contents import Contents, Package
from stackctl.image_lock import Lock
from stackctl.osv import Osv
from stackctl.references import Reference
from stackctl.stack import Stack

AT_ONCE = 4
SOCKET = "/var/run/docker.sock"
FRESH = "stackctl build --fresh, then: stackctl up"
LOADED = "Where there is a network: stackctl build --fresh, stackctl images save; then here: stackctl images load"
BY_LANGUAGE = {"pypi": "PyPI", "npm": "npm"}
DISTRIBUTIONS = {"debian": "Debian", "ubuntu": "Ubuntu"}
"""What OSV calls them: https://ossf.github.io/osv-schema/#defined-ecosystems"""


def _docker(stack: Stack) -> Iterator[Check]:
    yield from daemon.check(stack.engine.info())
    try:
        members = grp.getgrgid(os.stat(SOCKET).st_gid).gr_mem
        yield from daemon.socket(SOCKET, os.stat(SOCKET).st_mode, members)
    except (OSError, KeyError):  # the engine is elsewhere, or is asked by another way
        yield Check("warn", f"Who can use Docker is not known: it is not at {SOCKET}.", "See: docker context ls")


def _containers(stack: Stack) -> Iterator[Check]:
    found = stack.engine.inspected(stack.name)
    yield from confinement.check(found)
    if not found:
        yield Check("warn", "The stack is not running; what its containers may do is seen when it is.", "stackctl up")


def _images(stack: Stack) -> Iterator[Check]:
    """Everything that takes what is in them, so that each is looked into once."""
    offered = stack.catalogue.offered
    pulled = {image.name: image.reference for image in offered if not image.folder}
    lock = Lock.read(stack.root)
    yield from pinned.check(pulled, [name for name, it in pulled.items() if Reference.parse(it).digest or lock.digest(it)])
    references = stack.compose.images() | {image.name: image.reference for image in offered}
    ids = {name: ident for name, it in references.items() if (ident := stack.engine.image_id(it))}
    if not ids:
        yield Check("warn", "No image of the stack's is here.", "stackctl up")
        return
    found = _inside(stack, ids)
    yield from (
        Check("warn", f"{name} is not looked into. {error.message}", error.hint)
        for name, error in found.items()
        if isinstance(error, StackError)
    )
    inside = {name: contents for name, contents in found.items() if isinstance(contents, Contents)}
    yield from _age(stack, inside, ids, pulled)
    yield from _floors(inside, pulled)
    yield from _known(stack, inside)


def _age(stack: Stack, inside: Mapping[str, Contents], ids: Mapping[str, str], pulled: Mapping[str, str]) -> Iterator[Check]:
    newer = "Take a newer tag in singleuser/compose.yaml, or the same one anew: stackctl images pull"
    fixes = {name: f"{newer} {name}" if name in pulled else FRESH for name in inside}
    fixes |= dict.fromkeys(stack.standing(ids).kept, LOADED)
    dated = {name: contents.dated for name, contents in inside.items() if contents.dated}
    yield from age.check(dated, fixes, datetime.now(timezone.utc))


def _inside(stack: Stack, ids: Mapping[str, str]) -> dict[str, Contents | StackError]:
    """What is in each image, by its name, or why that is not known. Some are looked into at a time."""
    found: dict[str, Contents | StackError] = {}
    turns = threading.BoundedSemaphore(AT_ONCE)

    def look(name: str) -> None:
        with turns:
            try:
                found[name] = image_contents.read(stack.engine, ids[name], stack.name)
            except StackError as error:
                found[name] = error

    # not a pool's threads, for which stackctl would wait at its end when Docker never answers
    threads = [threading.Thread(target=look, args=(name,), daemon=True) for name in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: found.get(name) or StackError("Docker broke off.", "Run this again.") for name in ids}


def _floors(inside: Mapping[str, Contents], pulled: Mapping[str, str]) -> Iterator[Check]:
    newer = "Take a newer tag in singleuser/compose.yaml, then: stackctl images pull"
    ours = "git pull, or lock a newer one in your own image; then: stackctl up"
    packages = {
        name: [((item.kind, item.name), item.version) for item in contents.packages] for name, contents in inside.items()
    }
    yield from floors.check(packages, {name: f"{newer} {name}" if name in pulled else ours for name in inside})


def _known(stack: Stack, inside: Mapping[str, Contents]) -> Iterator[Check]:
    images: dict[Asked, list[str]] = defaultdict(list)
    for name, contents in inside.items():
        for asked in sorted({found for item in contents.packages if (found := _asked(item, contents))}):
            images[asked].append(name)
    if not (url := stack.settings.stack_osv_url):
        what = "Whether anything else is known of the packages is not looked at: STACK_OSV_URL does not say whom to ask."
        yield Check("warn", what, "docs/security.md, 'What is in the images'")
        return
    try:
        known = Osv(url, stack.settings).known(sorted(images))
    except StackError as error:
        what = f"Whether anything else is known of the packages is not looked at: {urlsplit(url).hostname}: {error.message}."
        yield Check("warn", what, "Check STACK_OSV_URL and HTTPS_PROXY in .env; then run this again.")
        return
    yield from vulnerabilities.check(known, images, FRESH)


def _asked(item: Package, contents: Contents) -> Asked | None:
    """A package as OSV knows it, None for one that it does not. Conda's that are Python's are there as such, too."""
    if item.kind in BY_LANGUAGE:
        return Asked(BY_LANGUAGE[item.kind], item.name, item.version)
    if item.kind == "deb" and contents.system in DISTRIBUTIONS and contents.release:
        release = f"{contents.release}{':LTS' * contents.lasting}"
        return Asked(f"{DISTRIBUTIONS[contents.system]}:{release}", *item.source)
    return None


TOPICS = [
    *(topic for topic in topics.TOPICS if topic.title == "Secrets"),
    Topic("Docker", _docker, settings=False),
    Topic("Containers", _containers),
    Topic("Images", _images, seconds=180),
]

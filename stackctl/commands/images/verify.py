"""`stackctl images verify`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from stackctl import console
from stackctl.catalogue import Image
from stackctl.checks import Check, Level
from stackctl.commands.images.options import Json, Names, external
from stackctl.errors import Exit, StackError
from stackctl.image_lock import Comparison, Lock
from stackctl.pull import SILENCE
from stackctl.references import Reference
from stackctl.registry_errors import explain
from stackctl.stack import Stack

EXAMPLES = """
stackctl images verify
stackctl images verify --json
"""


def verify(names: Names = None, as_json: Json = False) -> None:
    """Compare the lock file with what registries serve now, and with what is here. Ends with 3 when something differs."""
    stack = Stack.load()
    lock = Lock.read(stack.root)
    images = external(stack, names, every=True)
    with console.Working("asking the registries"):
        compared = [_compare(stack, lock, image) for image in images]
    if as_json:
        derived = [{"moved": item.moved, "differs_here": item.differs_here} for item in compared]
        console.show_json([asdict(item) | more for item, more in zip(compared, derived, strict=True)])
    else:
        console.show_checks(_shown(item) for item in compared)
    if not images:
        console.say("Nothing to verify: the catalogue's images are built here.")
    if any(item.moved or item.differs_here for item in compared):
        raise typer.Exit(Exit.CHECK_FAILED)
    if any(item.problem for item in compared):
        raise typer.Exit(Exit.FAILED)


def _compare(stack: Stack, lock: Lock, image: Image) -> Comparison:
    locked = Reference.parse(image.reference).digest or lock.digest(image.reference)
    here = stack.engine.digests(image.reference)
    served = problem = ""
    try:
        served, _ = stack.engine.served(image.reference, SILENCE)
    except StackError as error:
        problem = explain(image.reference, error.message).message
    return Comparison(image.name, image.reference, locked, served, None if here is None else tuple(here), problem)


def _shown(item: Comparison) -> Check:
    found = item.findings()
    level: Level = "fail" if item.moved or item.differs_here else "warn" if found else "ok"
    message = f"{item.name}: {item.reference} {'; '.join(found) if found else f'is {item.locked}, as locked'}"
    return Check(level, message, _fix(item))


def _fix(item: Comparison) -> str:
    if item.moved:
        return f"Pulls keep to the locked one. To take the new one: stackctl images lock {item.name}, then pull {item.name}"
    if item.differs_here or (item.here is None and not item.problem):
        return f"To have it: stackctl images pull {item.name}"
    return "" if item.locked or item.problem else f"To lock it: stackctl images lock {item.name}"

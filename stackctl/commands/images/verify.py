"""`stackctl images verify`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from stackctl.catalogue import Image
from stackctl.commands.images.options import Json, Names, external
from stackctl.engine.reference import Reference
from stackctl.errors import Exit, StackError
from stackctl.images.lock import Comparison, Lock
from stackctl.images.pull import STALL_TIMEOUT
from stackctl.images.registry_errors import explain
from stackctl.stack import Stack
from stackctl.ui import console
from stackctl.ui.check import Check, Level

EXAMPLES = """
stackctl images verify
stackctl images verify --json
"""


def verify(names: Names = None, as_json: Json = False) -> None:
    """Compare the lock file with the registries and with this server.

    Exits 3 if an image differs.
    """
    stack = Stack.load()
    lock = Lock.read(stack.root)
    images = external(stack, names, every=True)
    with console.Working("contacting the registries"):
        compared = [_compare(stack, lock, image) for image in images]
    if as_json:
        derived = [{"moved": item.moved, "differs_here": item.differs_here} for item in compared]
        console.show_json([asdict(item) | more for item, more in zip(compared, derived, strict=True)])
    else:
        console.show_checks(_shown(item) for item in compared)
    if not images:
        console.say("Nothing to verify: all images are built here.")
    if any(item.moved or item.differs_here for item in compared):
        raise typer.Exit(Exit.CHECK_FAILED)
    if any(item.problem for item in compared):
        raise typer.Exit(Exit.FAILED)


def _compare(stack: Stack, lock: Lock, image: Image) -> Comparison:
    locked = Reference.parse(image.reference).digest or lock.digest(image.reference)
    here = stack.engine.digests(image.reference)
    served = problem = ""
    try:
        served, _ = stack.engine.served(image.reference, STALL_TIMEOUT)
    except StackError as error:
        problem = explain(image.reference, error.message).message
    return Comparison(image.name, image.reference, locked, served, None if here is None else tuple(here), problem)


def _shown(item: Comparison) -> Check:
    differences = item.findings()
    level: Level = "fail" if item.moved or item.differs_here else "warn" if differences else "ok"
    message = f"{item.name}: {item.reference} {'; '.join(differences) if differences else f'is {item.locked}, as locked'}"
    return Check(level, message, _fix(item))


def _fix(item: Comparison) -> str:
    if item.moved:
        return f"To take the new image: stackctl images lock {item.name}; stackctl images pull {item.name}"
    if item.differs_here or (item.here is None and not item.problem):
        return f"To get it: stackctl images pull {item.name}"
    return "" if item.locked or item.problem else f"To lock it: stackctl images lock {item.name}"

"""`stackctl images check`."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from stackctl import console, image_check
from stackctl.catalogue import REFERENCE
from stackctl.errors import Exit, StackError
from stackctl.image_check import Verdict
from stackctl.stack import Stack

EXAMPLES = """
stackctl images check                                        every image that is offered
stackctl images check scipy                                  one of them
stackctl images check quay.io/jupyter/scipy-notebook:latest  one that is here, before it is added
stackctl images check --json
"""


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|REFERENCE]...", help="Images; those on offer when left out."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Start a throw-away server from each image, run its kernel, and say what is missing. Ends with 3 when one is unfit."""
    stack = Stack.load()
    found: dict[str, Verdict] = {}
    read_only = {image.name for image in stack.catalogue.images if image.read_only}
    for name, reference in _wanted(stack, names or []).items():
        ident = stack.engine.image_id(reference)
        found[name] = _try(stack, name, ident, read_only=name in read_only) if ident else Verdict("it is not on this server")
        if not as_json:
            _show(name, found[name])
    stack.known.save()
    if as_json:
        console.show_json([{"name": name, **asdict(verdict)} for name, verdict in found.items()])
    if any(verdict.reason for verdict in found.values()):
        raise typer.Exit(Exit.CHECK_FAILED)


def _wanted(stack: Stack, given: list[str]) -> dict[str, str]:
    """References by the name to show. Raises StackError for what is neither in the catalogue nor on this server."""
    known = {image.name: image.reference for image in stack.catalogue.images}
    if not given:
        return {image.name: image.reference for image in stack.catalogue.offered}
    for name in given:
        if name not in known and not re.fullmatch(REFERENCE, name):
            raise StackError(f"{name!r} is no image reference.", f"In the catalogue: {', '.join(known)}")
        if name not in known and not stack.engine.has_image(name):
            hint = f"In the catalogue: {', '.join(known)}. Another one must be on this server: docker pull {name}"
            raise StackError(f"There is no image {name!r}, neither in the catalogue nor on this server.", hint)
    return {name: known.get(name, name) for name in given}


def _try(stack: Stack, name: str, ident: str, *, read_only: bool) -> Verdict:
    with console.Working(f"trying {name}"):
        stack.known.verdicts[ident] = image_check.check(stack.engine, ident, read_only=read_only)
    return stack.known.verdicts[ident]


def _show(name: str, verdict: Verdict) -> None:
    console.show_checks(image_check.findings(name, verdict))
    for line in verdict.detail.splitlines() if verdict.reason else []:
        console.data.print(f"    {line}", style="dim", markup=False)

"""`stackctl images check`."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from stackctl.catalogue import REFERENCE
from stackctl.commands.images.options import Json
from stackctl.errors import Exit, StackError
from stackctl.images import check as image_check
from stackctl.images.check import Verdict
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images check           all images that are offered
stackctl images check scipy     one image
stackctl images check quay.io/jupyter/scipy-notebook:2026-11-02
stackctl images check --json
"""


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME|REFERENCE", help="Images; by default those that are offered."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that images work: start a temporary server from each, and run its kernel.

    Exits 3 if one does not work.
    """
    stack = Stack.load()
    verdicts: dict[str, Verdict] = {}
    read_only = {image.name for image in stack.catalogue.images if image.read_only}
    for name, reference in _references(stack, names or []).items():
        ident = stack.engine.image_id(reference)
        missing = Verdict("it is not on this server")
        verdicts[name] = _check(stack, name, ident, read_only=name in read_only) if ident else missing
        if not as_json:
            _show(name, verdicts[name])
    stack.image_cache.save()
    if as_json:
        console.show_json([{"name": name, **asdict(verdict)} for name, verdict in verdicts.items()])
    if any(verdict.reason for verdict in verdicts.values()):
        raise typer.Exit(Exit.CHECK_FAILED)


def _references(stack: Stack, names: list[str]) -> dict[str, str]:
    """References by the name to show. Raises StackError for an image that is neither in the catalogue nor on this server."""
    known = {image.name: image.reference for image in stack.catalogue.images}
    if not names:
        return {image.name: image.reference for image in stack.catalogue.offered}
    for name in names:
        if name not in known and not re.fullmatch(REFERENCE, name):
            raise StackError(f"{name!r} is not an image reference.", f"In the catalogue: {', '.join(known)}")
        if name not in known and not stack.engine.has_image(name):
            hint = f"In the catalogue: {', '.join(known)}. To check another image, pull it first: docker pull {name}"
            raise StackError(f"There is no image {name!r}, neither in the catalogue nor on this server.", hint)
    return {name: known.get(name, name) for name in names}


def _check(stack: Stack, name: str, ident: str, *, read_only: bool) -> Verdict:
    with console.Working(f"checking {name}"):
        stack.image_cache.verdicts[ident] = image_check.check(stack.engine, ident, read_only=read_only)
    return stack.image_cache.verdicts[ident]


def _show(name: str, verdict: Verdict) -> None:
    console.show_checks(image_check.findings(name, verdict))
    for line in verdict.detail.splitlines() if verdict.reason else []:
        console.data.print(f"    {line}", style="dim", markup=False)

"""`stackctl images add`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from stackctl import catalogue, catalogue_edit, console, files, yaml_file
from stackctl.catalogue import IMAGES, REFERENCE, Image
from stackctl.errors import CheckFailedError
from stackctl.image_lock import Lock
from stackctl.pull import pull
from stackctl.references import Reference
from stackctl.stack import Stack

EXAMPLES = """
stackctl images add quay.io/jupyter/scipy-notebook:2026-11-02 --title "SciPy (Jupyter)"
stackctl images add registry.example.org/lab/r:4 --name lab-r --title R --group data/lab
"""


def add(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The image, as `docker pull` takes it.")],
    title: Annotated[str, typer.Option("--title", help="What people read.")],
    description: Annotated[str, typer.Option("--description", help="A sentence more.")] = "",
    name: Annotated[str, typer.Option("--name", help="Its name here; else the last part of REFERENCE.")] = "",
    groups: Annotated[list[str] | None, typer.Option("--group", help="Only people in this group; may be repeated.")] = None,
    default: Annotated[bool, typer.Option("--default", help="What is chosen for whoever has not chosen yet.")] = False,
) -> None:
    """Add an image to the catalogue: it is pulled, tried, and written into singleuser/compose.yaml when it is fit."""
    stack = Stack.load()
    _valid(reference, [title, description, *(groups or [])])
    name = name or Reference.parse(reference).suggested_name()
    _free(stack, name, reference)

    def changed() -> str:
        """The file with the entry, read anew: a pull takes long enough for somebody to change it."""
        path = stack.root / IMAGES
        text = yaml_file.source(path, IMAGES)
        text = catalogue_edit.add(
            text, name, reference, title, description=description, groups=groups or [], default=default
        )
        catalogue.load(stack.root, stack.name, text)
        return text

    changed()
    _have(stack, Image(name=name, reference=reference, title={"en": title}))
    _fit(stack, reference)
    files.replace(stack.root / IMAGES, changed())
    console.done(f"{name} is in {IMAGES} now. People can choose it after: stackctl up")
    if not Reference.parse(reference).digest:
        console.say(f"  To stay with exactly this image, whatever its tag becomes: stackctl images lock {name}")


def _valid(reference: str, texts: list[str]) -> None:
    if not re.fullmatch(REFERENCE, reference):
        hint = "Such as quay.io/jupyter/scipy-notebook:2026-11-02; a registry's address, but no https://"
        raise CheckFailedError(f"{reference!r} is no image reference.", hint)
    for text in texts:
        if "$" in text or not text.isprintable():
            raise CheckFailedError(f"{text!r}: a $ means a variable to Compose, and a line must be one line.")


def _free(stack: Stack, name: str, reference: str) -> None:
    full = Reference.parse(reference).full
    for image in stack.catalogue.images:
        if Reference.parse(image.reference).full == full:
            raise CheckFailedError(f"{reference} is in the catalogue already, as {image.name}.", f"See {IMAGES}.")
        if image.name == name:
            raise CheckFailedError(f"There is an image {name} already: {image.reference}.", "Give it another name: --name …")


def _have(stack: Stack, image: Image) -> None:
    """Have the image here. Raises CheckFailedError when it cannot be pulled."""
    if stack.engine.has_image(image.reference):
        console.say(f"  {image.reference} is on this server; it is not pulled.")
        return
    if error := pull(stack.engine, Lock.read(stack.root), [image]).get(image.name):
        raise CheckFailedError(error.message, error.hint, detail=error.detail)
    console.done(f"{image.reference} pulled.")


def _fit(stack: Stack, reference: str) -> None:
    """Raises CheckFailedError when nobody could use the image."""
    with console.Working("trying it"):
        verdict = stack.known.verdict(stack.engine, stack.engine.image_id(reference))
    stack.known.save()
    if verdict.reason:
        hint = f"Nothing was changed. To take it off the disk: docker image rm {reference}"
        raise CheckFailedError(f"{reference} cannot be a notebook image here: {verdict.reason}.", hint)

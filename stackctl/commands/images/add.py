"""`stackctl images add`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from stackctl import catalogue
from stackctl.catalogue import LOCAL_IMAGES, REFERENCE, Image, edit
from stackctl.checkout import files
from stackctl.engine.reference import Reference
from stackctl.errors import CheckFailedError
from stackctl.images.lock import Lock
from stackctl.images.pull import pull
from stackctl.stack import Stack
from stackctl.ui import console

EXAMPLES = """
stackctl images add quay.io/jupyter/scipy-notebook:2026-11-02 --title SciPy
stackctl images add example.org/lab/r:4 --name r --title R --group lab
"""


def add(
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The image, as for `docker pull`.")],
    title: Annotated[str, typer.Option("--title", help="Its title, as people see it.")],
    description: Annotated[str, typer.Option("--description", help="A sentence about it.")] = "",
    name: Annotated[str, typer.Option("--name", help="Its name; by default the last part of REFERENCE.")] = "",
    groups: Annotated[list[str] | None, typer.Option("--group", help="Only for people in this group. Repeatable.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Select it for people who have not chosen yet.")] = False,
) -> None:
    """Add an image from a registry to the catalogue: pull it, check it, and write it into singleuser/compose.local.yaml."""
    stack = Stack.load()
    _valid(reference, [title, description, *(groups or [])])
    name = name or Reference.parse(reference).suggested_name()
    _is_new(stack, name, reference)

    def changed() -> str:
        """The file with the entry. Read again after the pull, during which somebody may have changed it."""
        text = edit.local_images(stack.root)
        text = edit.add(text, name, reference, title, description=description, groups=groups or [], default=default)
        catalogue.load(stack.root, stack.name, text)
        return text

    changed()
    _pull(stack, Image(name=name, reference=reference, title={"en": title}))
    _check(stack, reference)
    files.replace(stack.root / LOCAL_IMAGES, changed())
    console.done(f"{name} added to {LOCAL_IMAGES}. To publish it: stackctl up")
    if not Reference.parse(reference).digest:
        console.say(f"  To keep exactly this image if its tag moves: stackctl images lock {name}")


def _valid(reference: str, texts: list[str]) -> None:
    if not re.fullmatch(REFERENCE, reference):
        hint = "For example quay.io/jupyter/scipy-notebook:2026-11-02, without https://"
        raise CheckFailedError(f"{reference!r} is not an image reference.", hint)
    for text in texts:
        if "$" in text or not text.isprintable():
            raise CheckFailedError(f"{text!r} must be one line without a $, which means a variable to Compose.")


def _is_new(stack: Stack, name: str, reference: str) -> None:
    full = Reference.parse(reference).full
    for image in stack.catalogue.images:
        if Reference.parse(image.reference).full == full:
            raise CheckFailedError(f"{reference} is already in the catalogue, as {image.name}.", "See: stackctl images list")
        if image.name == name:
            raise CheckFailedError(f"There is already an image {name}: {image.reference}.", "Choose another --name.")


def _pull(stack: Stack, image: Image) -> None:
    """Pull the image unless this server has it. Raises CheckFailedError when it cannot be pulled."""
    if stack.engine.has_image(image.reference):
        console.say(f"  {image.reference} is on this server already, and was not pulled.")
        return
    if error := pull(stack.engine, Lock.read(stack.root), [image]).get(image.name):
        raise CheckFailedError(error.message, error.hint, detail=error.detail)
    console.done(f"{image.reference} pulled.")


def _check(stack: Stack, reference: str) -> None:
    """Raises CheckFailedError when the image does not work."""
    with console.Working("checking the image"):
        verdict = stack.image_cache.verdict(stack.engine, stack.engine.image_id(reference))
    stack.image_cache.save()
    if verdict.reason:
        hint = f"Nothing was changed. To delete the image: docker image rm {reference}"
        raise CheckFailedError(f"{reference} does not work as a notebook image: {verdict.reason}.", hint)

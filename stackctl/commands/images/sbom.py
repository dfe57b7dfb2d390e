"""`stackctl images sbom`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from stackctl import console, files, image_contents, sbom, signals
from stackctl.errors import CheckFailedError, Exit, StackError
from stackctl.stack import Stack

EXAMPLES = """
stackctl images sbom scipy                        what is in an image people choose from, as CycloneDX
stackctl images sbom hub --output hub.cdx.json    a service's, into a file
stackctl images sbom --output sboms               every image's, into a folder
"""
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; a folder for all.")]


def write_sbom(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="An image, or a service; all when left out.")] = None,
    output: Output = None,
) -> None:
    """Write down all packages in an image (Debian's, Python's, npm's, conda's) as an SBOM: CycloneDX, JSON."""
    stack = Stack.load()
    references = stack.compose.images() | {image.name: image.reference for image in stack.catalogue.images}
    if name is None:
        if output is None:
            hint = f"Name it, or give a folder for all of them: --output FOLDER. {_known(references)}"
            raise StackError("Of which image?", hint, code=Exit.USAGE)
        _write_all(stack, references, output)
        return
    if name not in references:
        raise StackError(f"There is no image {name!r}.", _known(references))
    if output is None:
        print(_text(stack, references[name]), end="")
        return
    _write(output.absolute(), _text(stack, references[name]))
    console.done(f"Written: {output}")


def _write_all(stack: Stack, references: dict[str, str], folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CheckFailedError(f"{folder} is no folder, and each image gets a file.", "Name one image, or give a folder.")
    here = {name: reference for name, reference in references.items() if stack.engine.has_image(reference)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, reference in here.items():
        _write(folder.absolute() / f"{name}.cdx.json", _text(stack, reference))
    console.done(f"Written: {len(here)} files in {folder} ({', '.join(here)})")
    if missing := ", ".join(references.keys() - here.keys()):
        console.warn(f"Not on this server, and left out: {missing}.")


def _text(stack: Stack, reference: str) -> str:
    if not (ident := stack.engine.image_id(reference)):
        raise StackError(f"The image {reference} is not on this server.", "Get it: stackctl up, or stackctl images pull")
    with signals.all_like_ctrl_c(), console.Working(f"looking into {reference}"):
        contents = image_contents.read(stack.engine, ident, stack.name)
    return json.dumps(sbom.document(reference, ident, contents), indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    if not path.parent.is_dir():
        raise CheckFailedError(f"There is no folder {path.parent}.", f"mkdir -p {path.parent}")
    files.must_be_changeable(path, str(path))
    files.replace(path, text)


def _known(references: dict[str, str]) -> str:
    return f"There are: {', '.join(references)}"

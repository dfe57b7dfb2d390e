"""Reads the catalogue from singleuser/, and names every mistake in it with file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stackctl.catalogue import services, yaml_file
from stackctl.catalogue.model import Catalogue, Image, Size
from stackctl.catalogue.services import IMAGES, Services
from stackctl.errors import CheckFailedError
from stackctl.settings.validation import plain

SIZES, LOCAL_SIZES = "singleuser/sizes.yaml", "singleuser/sizes.local.yaml"
HINT = "What each entry means: docs/images.md"
SERVICES = ("nginx", "proxy", "walls", "hub", "gate")
"""The names of compose.yaml's services, in which the catalogue is included."""

NOT_WRITTEN = ("name", "reference", "folder", "definition", "parents")
"""Fields that are not from x-notebook."""

NAME_VARIABLE = re.compile(r"\$\{STACK_NAME(:?-[^}]*)?\}")

Place = Callable[..., str]
"""File and line of an entry, by the keys that lead to it."""


def load(root: Path, stack_name: str, local_text: str | None = None) -> Catalogue:
    """The catalogue of the checkout at `root`. Raises CheckFailedError that names every mistake with its line.

    `local_text`: content of the operator's file of images, to be used in place of the file's own.
    """
    problems: list[str] = []
    images = _images(services.read(root, local_text), stack_name, root, problems)
    sizes = _sizes(root, problems)
    if problems:
        raise CheckFailedError("\n       ".join(problems), HINT)
    return Catalogue(images=tuple(images), sizes=tuple(sizes))


def sizes_file(root: Path) -> str:
    """The file with the sizes: the operator's own, or else the project's."""
    return LOCAL_SIZES if (root / LOCAL_SIZES).exists() else SIZES


def _images(merged: Services, stack_name: str, root: Path, problems: list[str]) -> list[Image]:
    images = []
    for name, service in _mapping(merged.data, merged.place, IMAGES, problems):
        values = _image(name, service, merged, stack_name, root, problems)
        if image := _entry(Image, merged.place, name, values, problems):
            images.append(image)
    problems += _defaults(images, merged.place) + _parents(images, merged) + _same_reference(images, merged)
    if not problems and not any(image.offered for image in images):
        problems.append(f"{IMAGES}: no image is offered.")
    return images


def _sizes(root: Path, problems: list[str]) -> list[Size]:
    file = yaml_file.read(root, sizes_file(root))

    def place(*keys: str) -> str:
        return f"{file.shown} line {file.line(*keys)}"

    entries = _mapping(file.data, place, file.shown, problems)
    parsed = (_entry(Size, place, name, {"title": name, **entry, "name": name}, problems) for name, entry in entries)
    sizes = [size for size in parsed if size]
    problems += _defaults(sizes, place)
    return sizes


def _mapping(data: dict[str, Any], place: Place, shown: str, problems: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """The entries by name, without those that begin with x-, Compose's extensions."""
    entries = []
    for name, entry in data.items():
        if isinstance(entry, dict):
            entries.append((str(name), entry))
        elif not str(name).startswith("x-"):
            problems.append(f"{place(str(name))}: {name} has no entries below it.")
    if not entries and not problems:
        problems.append(f"{shown}: there is nothing to choose.")
    return [(name, entry) for name, entry in entries if not name.startswith("x-")]


def _image(
    name: str, service: dict[str, Any], merged: Services, stack_name: str, root: Path, problems: list[str]
) -> dict[str, Any]:
    """A notebook image's fields, as its Compose service has them."""
    notebook = service.get("x-notebook") or {}
    if not isinstance(notebook, dict):
        problems.append(f"{merged.place(name, 'x-notebook')}: x-notebook of {name} must have entries, such as title.")
        notebook = {}
    problems += _misplaced(name, service, partial(merged.place, name))
    if name in SERVICES:
        problems.append(f"{merged.place(name)}: {name} is the name of a service of the stack; give the image another name.")
    folder = None
    if build := service.get("build"):
        build = build if isinstance(build, dict) else {"context": str(build)}
        context = str(build.get("context", "."))
        folder = (root / IMAGES).parent / context
        if not (folder / str(build.get("dockerfile", "Dockerfile"))).is_file():
            problems.append(f"{merged.place(name, 'build')}: {name} is built in {context}, but no Dockerfile is there.")
    return {
        **{"title": name, **notebook, "name": name},
        "reference": NAME_VARIABLE.sub(stack_name, str(service.get("image", ""))),
        "folder": folder,
        "definition": json.dumps(service.get("build"), sort_keys=True, default=str),
        "parents": _names(service.get("depends_on")),
    }


def _misplaced(name: str, service: dict[str, Any], place: Place) -> list[str]:
    """What belongs below x-notebook, and misspellings of that."""
    problems = []
    for key in map(str, service):
        if key in Image.model_fields:
            problems.append(f"{place(key)}: {key} of {name} belongs below x-notebook.")
        elif key != "x-notebook" and get_close_matches(key.lower(), ["x-notebook"]):
            problems.append(f"{place(key)}: {key} of {name} is not known. Did you mean x-notebook?")
    return problems


def _names(value: Any) -> Any:
    """The images in `depends_on`: Compose takes a list, and a mapping with conditions."""
    return tuple(value or ()) if isinstance(value, (list, dict, type(None))) else value


def _entry(kind: type[Any], place: Place, name: str, values: dict[str, Any], problems: list[str]) -> Any:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            key = str(item["loc"][0])
            outside = {"reference": "image", "parents": "depends_on"}
            inside = (outside[key],) if key in outside else ("x-notebook", key) if kind is Image else (key,)
            reason = _reason(kind, key, item["msg"], item["input"])
            problems.append(f"{place(name, *inside)}: {inside[-1]} of {name}: {reason}.")
    return None


def _reason(kind: type[Any], key: str, message: str, value: Any) -> str:
    if message.startswith("Extra inputs"):
        fields = [name for name in kind.model_fields if name not in NOT_WRITTEN]
        return f"is not known here; known are {', '.join(fields)}"
    if key == "reference":
        if "${" in str(value):
            return "${STACK_NAME} is the only variable that works here"
        return f"{value!r} is not an image reference, such as quay.io/jupyter/scipy-notebook:2026-11-02"
    if key == "parents":
        return "must be a list of images, such as [base]"
    if key == "groups" and not message.startswith("Value error"):
        return "must be a list of groups, such as [physics, chemistry]"
    if key == "name":
        return "must be up to 31 lower-case letters, digits, - and _"
    return plain(message)


def _defaults(entries: list[Any], place: Place) -> list[str]:
    names = [entry.name for entry in entries if entry.default]
    if len(names) < 2:
        return []
    return [f"{place(names[1])}: {names[1]} has default: true, but {names[0]} has it already; only one may."]


def _parents(images: list[Image], merged: Services) -> list[str]:
    problems = []
    for image in images:
        for name in set(image.parents) - {other.name for other in images}:
            problems.append(
                f"{merged.place(image.name, 'depends_on')}: {image.name} depends on {name}, which does not exist."
            )
    try:
        TopologicalSorter({image.name: image.parents for image in images}).prepare()
    except CycleError as error:
        problems.append(f"{IMAGES}: {', '.join(error.args[1][1:])} depend on each other in a circle.")
    return problems


def _same_reference(images: list[Image], merged: Services) -> list[str]:
    first: dict[str, str] = {}
    problems = []
    for image in images:
        other = first.setdefault(image.reference, image.name)
        if other != image.name:
            problems.append(
                f"{merged.place(image.name, 'image')}: {image.name} has the same image as {other}: {image.reference}."
            )
    return problems

"""The catalogue: the notebook images and sizes that people choose from. Read from singleuser/, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from stackctl import yaml_file
from stackctl.errors import CheckFailedError, StackError
from stackctl.validation import bytes_of, memory, plain
from stackctl.yaml_file import YamlFile

IMAGES, SIZES = "singleuser/compose.yaml", "singleuser/sizes.yaml"
HINT = "What each entry means stands at the head of the file, and in docs/images.md."
LANGUAGES = ("en", "zh-CN")
SERVICES = ("nginx", "proxy", "walls", "hub", "gate")
"""The names of compose.yaml's services, in which the catalogue is included."""

NAME = r"[a-z0-9][a-z0-9_-]{0,30}"
REFERENCE = (
    r"(?:[a-zA-Z0-9.-]+(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
"""https://github.com/distribution/reference/blob/main/reference.go"""

NAME_VARIABLE = re.compile(r"\$\{STACK_NAME(:?-[^}]*)?\}")


def _texts(value: Any) -> Any:
    """A text alone stands for every language."""
    return {LANGUAGES[0]: value} if isinstance(value, str) else value


def _bytes(value: Any) -> int:
    return bytes_of(memory(str(value)))


def _not_empty(value: Any) -> Any:
    if value == [] or (isinstance(value, list) and "" in value):
        raise ValueError("must name groups; without them it is for everybody, and offered: false keeps it from all")
    return value


def _known_languages(value: Any) -> Any:
    if not isinstance(value, Mapping) or not value or set(value) - set(LANGUAGES):
        raise ValueError(f"must be a text, or one for each of {', '.join(LANGUAGES)}")
    return value


Texts = Annotated[dict[str, str], BeforeValidator(_known_languages), BeforeValidator(_texts)]
"""What people read, by language."""


class Entry(BaseModel):
    """What images and sizes have in common. `groups`: who may use it; everybody when there are none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=f"^{NAME}$")
    title: Texts
    default: bool = False
    groups: Annotated[tuple[str, ...], BeforeValidator(_not_empty)] = ()


class Image(Entry):
    """A notebook image."""

    reference: str = Field(pattern=f"^{REFERENCE}$")
    description: Texts = {}
    offered: bool = True
    read_only: bool = False
    """Whether nothing can be written in its containers but people's files, /tmp and their home, both in memory."""
    folder: Path | None = None
    """Where it is built; None for one that is pulled."""
    parents: tuple[str, ...] = ()
    """The images, by name, that must be built before it."""


class Size(Entry):
    """How much of the server a notebook server may have. `memory` is in bytes, `count` None for any number of servers."""

    cpu: float = Field(ge=0.01, le=1024, allow_inf_nan=False)
    memory: Annotated[int, BeforeValidator(_bytes)]
    count: int | None = Field(None, ge=1)
    gpus: int = Field(0, ge=0)


class Catalogue(BaseModel):
    """Every image and size, in the order of the files."""

    model_config = ConfigDict(frozen=True)

    images: tuple[Image, ...]
    sizes: tuple[Size, ...]

    @property
    def offered(self) -> list[Image]:
        """The images that people may choose, as far as they are fit for it."""
        return [image for image in self.images if image.offered]

    def image(self, name: str) -> Image:
        """The image of a name. Raises StackError, with the names there are, when there is none."""
        for image in self.images:
            if image.name == name:
                return image
        raise StackError(f"There is no image {name!r}.", f"There are: {', '.join(image.name for image in self.images)}")

    def chosen(self, names: list[str], *, every: bool = False) -> list[Image]:
        """The images of `names`; when there are none, those that are offered, or all with `every`."""
        if names:
            return [self.image(name) for name in dict.fromkeys(names)]
        return list(self.images) if every else self.offered

    def levels(self, images: list[Image]) -> list[list[Image]]:
        """`images` and all that they stand on, in the order in which they are built: each list stands on those before it."""
        depths: dict[str, int] = {}
        for image in (every := self.with_parents(images)):
            depths[image.name] = 1 + max((depths[name] for name in image.parents), default=-1)
        return [[image for image in every if depths[image.name] == depth] for depth in sorted(set(depths.values()))]

    def with_parents(self, images: list[Image]) -> list[Image]:
        """`images` and all that they stand on, parents first."""
        found: list[Image] = []
        for image in images:
            above = self.with_parents([self.image(name) for name in image.parents])
            found += [item for item in [*above, image] if item not in found]
        return found


def load(root: Path, stack_name: str, images_text: str | None = None) -> Catalogue:
    """The catalogue of the checkout at `root`. Raises CheckFailedError that names every mistake with its line.

    With `images_text`: as it would be with that in its file of images.
    """
    images_file = yaml_file.read(root / IMAGES, IMAGES) if images_text is None else yaml_file.parse(images_text, IMAGES)
    sizes_file = yaml_file.read(root / SIZES, SIZES)
    problems: list[str] = []
    images = [
        _entry(
            Image,
            images_file,
            IMAGES,
            ("services", name),
            _image(name, service, images_file, stack_name, root, problems),
            problems,
        )
        for name, service in _mapping(images_file, IMAGES, ("services",), problems)
    ]
    sizes = [
        _entry(Size, sizes_file, SIZES, (name,), {"title": name, **entry, "name": name}, problems)
        for name, entry in _mapping(sizes_file, SIZES, (), problems)
    ]
    known = [image for image in images if image]
    problems += _defaults(known, images_file, IMAGES, ("services",)) + _parents(known, images_file)
    problems += _same_reference(known, images_file) + _defaults([size for size in sizes if size], sizes_file, SIZES, ())
    if not problems and not any(image.offered for image in known):
        problems.append(f"{IMAGES}: no image is offered.")
    if problems:
        raise CheckFailedError("\n       ".join(problems), HINT)
    return Catalogue(images=tuple(known), sizes=tuple(size for size in sizes if size))


def _mapping(file: YamlFile, shown: str, keys: tuple[str, ...], problems: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """The entries below `keys`, by name; those that begin with x- are Compose's extensions."""
    entries: Any = file.data
    for key in keys:
        entries = entries.get(key)
    found = []
    for name, entry in (entries if isinstance(entries, dict) else {}).items():
        if isinstance(entry, dict):
            found.append((str(name), entry))
        elif not str(name).startswith("x-"):
            problems.append(f"{shown} line {file.line(*keys, str(name))}: {name} has no entries below it.")
    if not found and not problems:
        problems.append(f"{shown}: there is nothing to choose.")
    return [(name, entry) for name, entry in found if not name.startswith("x-")]


def _image(
    name: str, service: dict[str, Any], file: YamlFile, stack_name: str, root: Path, problems: list[str]
) -> dict[str, Any]:
    """What a Compose service says of a notebook image, in the form of Image."""
    said = service.get("x-notebook") or {}
    if not isinstance(said, dict):
        problems.append(f"{IMAGES}: x-notebook of {name} must have entries, such as title.")
        said = {}
    for key in service:
        line = file.line("services", name, str(key))
        if key in Image.model_fields:
            problems.append(f"{IMAGES} line {line}: {key} of {name} belongs below x-notebook.")
        elif key != "x-notebook" and get_close_matches(str(key).lower(), ["x-notebook"]):
            problems.append(f"{IMAGES} line {line}: {key} of {name} is not known. Is it x-notebook?")
    if name in SERVICES:
        problems.append(f"{IMAGES}: {name} is the name of a service of the stack; give the image another one.")
    reference = NAME_VARIABLE.sub(stack_name, str(service.get("image", "")))
    folder = None
    if build := service.get("build"):
        build = build if isinstance(build, dict) else {"context": str(build)}
        folder = (root / IMAGES).parent / str(build.get("context", "."))
        if not (folder / str(build.get("dockerfile", "Dockerfile"))).is_file():
            problems.append(f"{IMAGES}: {name} is built in {build.get('context', '.')}, and there is no Dockerfile there.")
    made = {"name": name, "reference": reference, "folder": folder, "parents": _names(service.get("depends_on"))}
    return {"title": name, **said, **made}


def _names(value: Any) -> Any:
    """The images that `depends_on` names: Compose takes a list, and a mapping with conditions."""
    return tuple(value or ()) if isinstance(value, (list, dict, type(None))) else value


def _entry(
    kind: type[Any], file: YamlFile, shown: str, keys: tuple[str, ...], values: dict[str, Any], problems: list[str]
) -> Any:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            key = str(item["loc"][0])
            outside = {"reference": "image", "parents": "depends_on"}
            inside = (outside[key],) if key in outside else ("x-notebook", key) if kind is Image else (key,)
            reason = _reason(kind, key, item["msg"], item["input"])
            problems.append(f"{shown} line {file.line(*keys, *inside)}: {inside[-1]} of {keys[-1]}: {reason}.")
    return None


def _reason(kind: type[Any], key: str, message: str, given: Any) -> str:
    if message.startswith("Extra inputs"):
        known = [name for name in kind.model_fields if name not in ("name", "reference", "folder", "parents")]
        return f"is not known here; there are {', '.join(known)}"
    if key == "reference":
        if "${" in str(given):
            return "only ${STACK_NAME} is filled in here"
        return f"{given!r} is no image reference, such as quay.io/jupyter/scipy-notebook:2026-11-02"
    if key == "parents":
        return "must be a list of images, such as [base]"
    if key == "groups" and not message.startswith("Value error"):
        return "must be a list of groups, such as [physics, chemistry]"
    if key == "name":
        return "must be up to 31 lower-case letters, digits, - and _"
    return plain(message)


def _defaults(entries: list[Any], file: YamlFile, shown: str, keys: tuple[str, ...]) -> list[str]:
    names = [entry.name for entry in entries if entry.default]
    if len(names) < 2:
        return []
    line = file.line(*keys, names[1])
    return [f"{shown} line {line}: {names[1]} has default: true, and {names[0]} has it already; only one may."]


def _parents(images: list[Image], file: YamlFile) -> list[str]:
    problems = []
    for image in images:
        for name in set(image.parents) - {other.name for other in images}:
            line = file.line("services", image.name, "depends_on")
            problems.append(f"{IMAGES} line {line}: {image.name} depends on {name}, which is not there.")
    try:
        TopologicalSorter({image.name: image.parents for image in images}).prepare()
    except CycleError as error:
        problems.append(f"{IMAGES}: {', '.join(error.args[1][1:])} depend on each other in a circle.")
    return problems


def _same_reference(images: list[Image], file: YamlFile) -> list[str]:
    first: dict[str, str] = {}
    problems = []
    for image in images:
        other = first.setdefault(image.reference, image.name)
        if other != image.name:
            line = file.line("services", image.name, "image")
            problems.append(f"{IMAGES} line {line}: {image.name} is the image {image.reference}, as {other} is.")
    return problems

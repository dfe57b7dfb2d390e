"""What is given for the settings, and where: the environment wins over .env, and an empty value counts as none."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from stackctl import env_form, files

MOVED = dict.fromkeys(("STACK_CPU_LIMIT", "STACK_MEMORY_LIMIT"), "CPUs and memory stand in singleuser/sizes.yaml")
"""Where to find what was a setting once."""

MARK = "\ufeff"
"""What some editors of Windows begin a file with."""


@dataclass(frozen=True)
class Given:
    """A value and the line of .env where it stands, None: the environment. `over`: the line that it wins over."""

    value: str
    line: int | None
    over: int | None = None

    @property
    def where(self) -> str:
        """For a person."""
        return f".env line {self.line}" if self.line else "the environment"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and with which setting; "" where a line names none."""

    name: str
    text: str

    @property
    def bare(self) -> str:
        """What is wrong, without the line."""
        return re.sub(r" in \.env line \d+|(?<=\.env) line \d+", "", self.text)


def find(text: str, known: Collection[str], environ: Mapping[str, str]) -> tuple[dict[str, Given], list[Problem]]:
    """What `text`, of a .env file, and the environment give for the settings that are `known`, and what is wrong."""
    in_file, problems = _in_file(text, known)
    problems += [item for name in environ if name.startswith("STACK_") for item in unknown(name, known, "the environment")]
    given = dict(in_file)
    for name, value in environ.items():
        if value and name.upper() in known:  # curl and others write http_proxy in lower case
            below = in_file.get(name.upper())
            given[name.upper()] = Given(value, None, below.line if below else None)
    return given, problems


def unknown(name: str, known: Collection[str], where: str = "") -> list[Problem]:
    """A problem, with the nearest name, when `name` is not a setting. Compose's and Docker's own names pass."""
    if name in known or name.startswith(("COMPOSE_", "DOCKER_")):
        return []
    said = f"{name} in {where}" if where else name
    if name in MOVED:
        return [Problem(name, f"{said} is not a setting any more: {MOVED[name]}.")]
    near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.87)  # STACK_ alone makes half of a name alike
    return [Problem(name, f"{said} is not a setting." + (f" Did you mean {near[0]}?" if near else ""))]


def shown(text: str) -> str:
    """`text`, an address or a line of .env with one, without the name and the password in it."""
    return re.sub(r"""^((?:export\s+)?\w+\s*=\s*['"]?)?(\w+://)?.*@""", r"\1\2***@", text, flags=re.DOTALL)


def text_of(path: Path) -> str:
    """A .env file to the byte; "" for none. Raises UnicodeDecodeError and OSError, the latter also for a link to nowhere."""
    try:
        return files.read(path).decode()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise OSError(error.errno, f"it leads to {path.resolve()}, which is not there") from None
        return ""


def reason(error: Exception) -> str:
    """Why a file cannot be read, without its path."""
    return getattr(error, "strerror", None) or str(error)


def _in_file(text: str, known: Collection[str]) -> tuple[dict[str, Given], list[Problem]]:
    values: dict[str, Given] = {}
    problems: list[Problem] = []
    for line, binding in _bindings(text):
        where = f".env line {line}"
        if "\r" in binding.original.string:
            problems.append(Problem("", f"{where} ends in a carriage return without a line feed."))
        elif binding.error or (binding.key and binding.value is None):
            problems.append(Problem("", f"{where} is not NAME=value: {shown(binding.original.string.strip())[:60]!r}."))
        elif binding.key:
            problems += unknown(binding.key, known, where)
            if binding.key in known and (form := env_form.better(binding)) is not None:
                fix = f"Write it as {shown(form)}" if form else "Leave out line ends, and backslashes before quotes."
                problems.append(Problem(binding.key, f"{where} is not the same to Compose as to stackctl. {fix}"))
            values[binding.key] = Given(binding.value or "", line)
    return {name: given for name, given in values.items() if given.value and name in known}, problems


def _bindings(text: str) -> Iterator[tuple[int, Binding]]:
    """What a .env file says, each with its line."""
    for binding in parse_stream(io.StringIO(text.removeprefix(MARK).replace("\r\n", "\n"), newline="")):
        written = binding.original.string
        yield binding.original.line + written[: len(written) - len(written.lstrip())].count("\n"), binding
